/**
 * The documented workflows of the official Python SDK, run against the local AGB, and what the pages of its documentation on
 * commands and files show. Each workflow and each page is a function in `workflows/`.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, it } from "vitest";
import { startLocalAgb, type LocalAgbOptions } from "../../emulator/index";
import { pythonWithSdk, type PythonWithSdk } from "../support/pythonSdk";

const FOLDER = resolve(__dirname);

const NO_NETWORK = "the sandboxes of the local AGB have no network";
const NO_DESKTOP = "the local AGB has no desktop";
/** What the pages show in addition. */
const LEFT_OUT = [
    ["command overview", "installs a package with apt-get", NO_NETWORK],
    ["command overview", "downloads a large file with wget", NO_NETWORK],
    ["execution context", "installs the packages of a project with npm, and builds it", NO_NETWORK],
    ["execution context", "starts a script with computer.app.start", NO_DESKTOP],
    ["command example", "asks a web site for its headers", NO_NETWORK],
] as const;

type Outcome = string | null;
interface Line {
    workflow?: string;
    error?: Outcome;
    shift?: number;
}

/** Runs workflow modules in one Python process against an AGB of their own; returns how each workflow ended. */
async function runWorkflows(
    { python, env }: PythonWithSdk,
    way: "parallel" | "one-by-one",
    modules: readonly string[],
    options: LocalAgbOptions,
): Promise<Map<string, Outcome>> {
    const agb = await startLocalAgb(options);
    const work = await mkdtemp(join(tmpdir(), "agb-sdk-"));
    try {
        const child = spawn(python, [join(FOLDER, "run.py"), way, ...modules], {
            cwd: work,
            env: {
                ...env,
                HOME: work,
                AGB_ENDPOINT: agb.endpoint,
                AGB_API_KEY: agb.apiKey,
            },
            stdio: ["pipe", "pipe", "pipe"],
        });
        let complaints = "";
        child.stderr.on("data", (chunk: Buffer) => {
            complaints = (complaints + chunk.toString()).slice(-4000);
        });
        const outcomes = new Map<string, Outcome>();
        const ended = new Promise<number | null>((done) => child.once("close", done));
        for await (const text of createInterface(child.stdout)) {
            if (!text.startsWith("{")) continue;
            const line = JSON.parse(text) as Line;
            if (line.workflow !== undefined) outcomes.set(line.workflow, line.error ?? null);
            if (line.shift === undefined) continue;
            await agb.clock.advance(line.shift * 1000);
            child.stdin.write("\n");
        }
        if ((await ended) !== 0) throw new Error(`the workflows could not be run:\n${complaints}`);
        return outcomes;
    } finally {
        await agb.close();
        await rm(work, { recursive: true, force: true });
    }
}

let found: ReturnType<typeof pythonWithSdk> | undefined;

describe.each([
    {
        way: "parallel",
        modules: ["contexts", "mounts", "policies", "sessions", "tools", "command_pages", "file_pages"],
        options: {},
    },
    { way: "parallel", modules: ["link"], options: { toolLink: true } },
    { way: "one-by-one", modules: ["clock"], options: {} },
] as const)("the official SDK: $modules", ({ way, modules, options }) => {
    let missing = "";
    let outcomes = new Map<string, Outcome>();
    beforeAll(async () => {
        const sdk = await (found ??= pythonWithSdk());
        if ("missing" in sdk) missing = sdk.missing;
        else outcomes = await runWorkflows(sdk, way, modules, options);
    }, 300_000);

    for (const module of modules) {
        const source = readFileSync(join(FOLDER, "workflows", `${module}.py`), "utf8");
        for (const [, name = ""] of source.matchAll(/^def (test_\w+)\(/gm)) {
            it(name.slice("test_".length).replaceAll("_", " "), ({ skip }) => {
                skip(missing !== "", missing);
                expect(outcomes.get(`${module}.${name}`), "how the workflow ended").toBeNull();
            });
        }
    }
});

describe("the pages of the documentation", () => {
    for (const [page, example, reason] of LEFT_OUT) it(`${page}: ${example}`, ({ skip }) => skip(reason));
});
