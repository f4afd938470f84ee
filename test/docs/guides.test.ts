/** Programs and scripts of the guides, run as they are, and what the text around them says about the result. */
import { chmodSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { runInThisContext } from "node:vm";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AgbClient as Client } from "../../provider/agb";
import { syncPolicySchema } from "../../provider/agb";
import { root } from "../../scripts/reference/package";
import { findSandbox } from "../../emulator/tools/sandbox/findSandbox";
import { startTestAgb, type TestAgb } from "../support/agb";
import { engines, type Engine } from "../support/engines";
import { run } from "../support/processes";
import { Project } from "../support/project";
import { blockOf, blocksOf } from "./blocks";
import { pages, sources } from "./sources";

const [engine] = engines as [Engine];
let agb: TestAgb;
let project: Project;
beforeEach(async () => {
    agb = await startTestAgb();
    project = new Project(engine, agb.env);
});
afterEach(async () => {
    project.remove();
    await agb.close();
});

const toJavaScript = (text: string): string =>
    ts
        .transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } })
        .outputText.replace('"use strict";\n', "");
const exampleFiles = sources("examples").map((file) => readFileSync(file, "utf8"));
/** Pages whose blocks the tests below run together, or with what surrounds them. */
const RUN_ALONE = ["files.md", "commands.md", "client.md", "pipelines.md", "troubleshooting.md"];

/** Blocks of all other pages. The tests of the examples run those that are files of an example. */
const otherBlocks = (): string[] =>
    pages()
        .filter((page) => !RUN_ALONE.includes(basename(page)))
        .flatMap(blocksOf)
        .filter(({ language, text }) => language === "ts" && !exampleFiles.includes(text))
        .map(({ text }) => text);

/** The block as a function. It has resources of its own names, and a context and a session if it refers to them. */
function asFunction(block: string, index: number): string {
    const uses = (name: string): boolean => new RegExp(`(?<!const )\\b${name}\\.|: ${name}[,\\s]`).test(block);
    // The sandbox has no network.
    const text = block.replace(/npm ci|npm test|registry login/g, "true");
    const body = toJavaScript(text).replace(/(new agb\.\w+|\bagb\.\w+\.get)\(\s*"/g, `$&block-${index}-`);
    const surroundings = [
        uses("context") ? `const context = new agb.Context("context-${index}", { forceDestroy: true });` : "",
        uses("session")
            ? `const session = new agb.Session("session-${index}", { imageId: "agb-code-space-2", contextSyncs: [{ contextId: ${uses("context") ? "context.id" : "given.contextId"}, path: "/home/work" }] });`
            : "",
    ];
    return `async (exports) => { ${surroundings.join("\n")}\n{\n${body}\n} }`;
}

const typeScriptOf = (page: string): string[] =>
    blocksOf(join(root, "docs", page))
        .filter(({ language }) => language === "ts")
        .map(({ text }) => text);

/** Puts `npx` on the path, which runs the command of this repository. */
function provideNpx(): void {
    project.write("bin/npx", `#!/bin/sh\nshift\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`);
    chmodSync(join(project.folder, "bin/npx"), 0o755);
    project.env.PATH = `${join(project.folder, "bin")}:${process.env.PATH ?? ""}`;
}
const sh = (script: string) => run(["sh", "-c", script], { cwd: project.folder, env: project.env });

describe("two sessions that write to one context", () => {
    it("keep the files of both as the guide shows, and trigger a warning as soon as the context exists", async () => {
        await project.init();
        project.program(
            toJavaScript(`
const context = new agb.Context("work", { forceDestroy: true });
${blockOf("what-survives.md", "Two sessions that write to one context", "ts")}
export const ids = [context.id, one.id, two.id];`),
        );
        const warning = 'Session "one" and Session "two" both upload /home/work';
        const first = await project.preview();
        expect(first.exit).toBe(0);
        expect(first.text).not.toContain(warning);
        expect((await project.up()).text).toContain(warning);

        const { ids } = (await project.outputs()) as { ids: [string, string, string] };
        const [contextId, one, two] = ids;
        await agb.writeFile(one, "/home/work/one.txt", "1");
        await agb.writeFile(two, "/home/work/two.txt", "2");
        await agb.release(one);
        await agb.release(two);
        expect(await agb.files(contextId)).toEqual(["/home/work/one.txt", "/home/work/two.txt"]);
    });
});

describe("commands.md", () => {
    it("is one program: its commands run in the session that it declares", async ({ skip }) => {
        skip(!(await findSandbox().catch(() => undefined)), "there is no sandbox for commands on this machine");
        await project.init();
        await project.pulumi("config set --secret token", "secret", "--stack", "dev");
        const names = ["setup", "answer", "server", "login", "training"];
        project.program(
            toJavaScript(`${typeScriptOf("commands.md").join("\n")}
export const results = pulumi.all([${names.map((name) => `${name}.exitCode`).join(", ")}]);`),
        );
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        // The file that the last one runs does not exist, which it only reports.
        expect((await project.outputs()).results).toEqual([0, 0, 0, 0, expect.any(Number)]);
        expect(up.text).toContain("logged in");
        expect((await project.destroy()).exit).toBe(0);
    });
});

describe("files.md", () => {
    it("is one program: it uploads the files before the sessions start", async () => {
        await project.init();
        project.write("model.bin", "weights");
        project.write("data/a.csv", "a");
        project.write("data/b.tmp", "b");
        project.program(toJavaScript(typeScriptOf("files.md").join("\n") + "\nexport const id = session.id;"));
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        const [contextId = ""] = await agb.contexts();
        expect(await agb.files(contextId)).toEqual([
            "/home/work/data/a.csv",
            "/home/work/model.bin",
            "/home/work/prompt.md",
        ]);
        const { id } = (await project.outputs()) as { id: string };
        expect(await agb.readFile(id, "/home/work/prompt.md")).toBe("Be brief.");
    });
});

describe("pipelines.md", () => {
    it("has a job that saves the outputs, checks them, and leaves nothing behind", async () => {
        provideNpx();
        project.program(toJavaScript(blockOf("pipelines.md", "Outputs", "ts")));
        project.write("check.js", blockOf("pipelines.md", "Fail or report", "js"));
        project.env.RUN_ID = "7";
        agb.fault("createSession:fail:1:1");
        const { exit, text } = await sh(blockOf("pipelines.md", "Job", "sh"));
        expect(text).toMatch(/^\/home\/work: Failed .*injected fault/m);
        expect(exit).toBe(1);
        expect([...(await agb.sessions()), ...(await agb.contexts())]).toEqual([]);

        const outputs = JSON.parse(readFileSync(join(project.folder, "outputs.json"), "utf8")) as object;
        const shown = JSON.parse(blockOf("pipelines.md", "Outputs", "json")) as object;
        expect(Object.keys(outputs).sort()).toEqual(Object.keys(shown));
    });

    it("shows what a preview without a key prints", async () => {
        provideNpx();
        delete project.env.AGB_API_KEY;
        project.write("Pulumi.yaml", "name: sandbox\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
        project.program('new agb.Context("notes");');
        const shown = blockOf("pipelines.md", "Pull requests from forks", "console");
        const [command = "", ...output] = shown.trimEnd().split("\n");
        const { exit, text } = await sh(command.replace(/^\$ /, ""));
        expect(text.trimEnd().split("\n")).toEqual(output);
        expect(exit).toBe(1);
    });
});

describe("client.md", () => {
    it("has examples that work in a session with a mount", async () => {
        const load = createRequire(join(root, "test.js"));
        const { AgbClient } = load("pulumi-agb/client") as { AgbClient: typeof Client };
        const client = await AgbClient.connect({ endpoint: agb.env.AGB_ENDPOINT, apiKey: agb.env.AGB_API_KEY });
        const { id } = await client.ensureContext("work");
        const policy = syncPolicySchema.parse({});
        const { sessionId } = await client.createSession({
            imageId: "agb-code-space-2",
            labels: {},
            mounts: [{ contextId: id, path: "/home/work", policy: JSON.stringify(policy) }],
        });
        for (const [name, value] of Object.entries(agb.env)) vi.stubEnv(name, value);
        const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
        const canRunCommands = await findSandbox().catch(() => undefined);
        try {
            for (const example of [...typeScriptOf("client.md"), ...typeScriptOf("troubleshooting.md")]) {
                // The next test starts the server.
                if (example.includes('endpoint: "local"') || (!canRunCommands && example.includes('"shell"'))) continue;
                const body = `(async (require, exports, client, sessionId) => { {\n${toJavaScript(example)}\n} })`;
                await (runInThisContext(body) as (...given: unknown[]) => Promise<void>)(load, {}, client, sessionId);
            }
            const logged = log.mock.calls.map((words) => words.join(" "));
            expect(logged).toEqual([
                `${id} work`,
                ...(canRunCommands ? [expect.stringMatching(`^${sessionId} .*hello`) as string] : []),
                "/home/work Success ",
                ...(canRunCommands ? ["/home/work/hello.txt"] : []),
                "/home/work/prompt.md",
                "Be brief.",
                ...(canRunCommands ? ["/home/work/hello.txt"] : []),
            ]);
        } finally {
            log.mockRestore();
            vi.unstubAllEnvs();
            await client.close();
        }
    });

    it("starts the local AGB if necessary", async () => {
        vi.stubEnv("AGB_LOCAL_DATA", project.folder);
        const [example = ""] = typeScriptOf("client.md").filter((text) => text.includes('endpoint: "local"'));
        const load = createRequire(join(root, "test.js"));
        const body = `(async (require, exports) => {\n${toJavaScript(example)}\nawait client.close();\n})`;
        await (runInThisContext(body) as (...given: unknown[]) => Promise<void>)(load, {});
        vi.unstubAllEnvs();
        const server = JSON.parse(readFileSync(join(project.folder, "server.json"), "utf8")) as { pid: number };
        expect(process.kill(server.pid)).toBe(true);
    });
});

describe("the other pages", () => {
    it("have programs that work, and fragments of them, in one deployment", async () => {
        const canRunCommands = await findSandbox().catch(() => undefined);
        const blocks = otherBlocks().filter((block) => canRunCommands || !block.includes("new agb.Command"));
        expect(blocks.length).toBeGreaterThan(20);
        const { id: contextId } = await agb.client.ensureContext("shared-models");
        const { sessionId } = await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts: [] });
        await project.init();
        await project.pulumi("config set --secret token", "secret", "--stack", "dev");
        project.write("data/a.csv", "a");
        project.write("small.bin", "weights");
        const given = { contextId, sessionId };
        project.program(
            `const given = ${JSON.stringify(given)}, { sessionId } = given, release = "1", team = "agents";
const storage = { requireOutput: () => pulumi.output(given.contextId) };
const blocks = [
${blocks.map((block, index) => asFunction(block.replace("SdkCtx-04bcxd…", contextId), index)).join(",\n")}
];
module.exports = Promise.all(blocks.map(async (block) => { const outputs = {}; await block(outputs); return outputs; }))
    .then((all) => ({ names: Object.assign({}, ...all) }));`,
        );
        const up = await project.up();
        expect(up.exit, up.text).toBe(0);
        const exported = blocks.flatMap((block) =>
            [...block.matchAll(/^export const (\w+)/gm)].map(([, name]) => name),
        );
        const { names } = (await project.outputs()) as { names: object };
        expect(Object.keys(names).sort()).toEqual([...new Set(exported)].sort());
    });
});
