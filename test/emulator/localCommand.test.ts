/** `pulumi-agb local start|stop|status|open|logs|reset`: the local AGB in the background. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { startLocalAgb } from "../../emulator/index";
import { resetDataFolder } from "../../emulator/resetDataFolder";
import { AgbClient } from "../../provider/agb/index";
import { defaultDataFolder, runningLocalAgb } from "../../provider/agb/localServer";
import { readNote, writeNote } from "../../provider/handlers/contextNotes";
import { mountSchema, toWireMount } from "../../provider/handlers/session/mounts";
import { readAttempt, recordAttempt } from "../../provider/handlers/session/attempts";
import { sessionInputsSchema } from "../../provider/handlers/session/state";
import { runInProcess } from "../engine/inProcess";
import { accountOf, originOf } from "../support/handlers";
import { embedded } from "../support/engines";
import { Project } from "../support/project";
import { tempFolder } from "../support/tempFolder";

const dataFolder = tempFolder("local-command");
// Without a browser that could be opened.
const env = { ...process.env, PATH: "", AGB_LOCAL_DATA: dataFolder };
const local = async (...args: string[]) =>
    (await runInProcess(["local", ...args], { cwd: tempFolder("local-command-cwd"), env })).text;

afterEach(() => local("stop"));

it("starts one server, shows it, and stops it with its sessions kept", async () => {
    expect(await local("status")).toBe(`No local AGB is running.\nData in ${dataFolder}\n`);
    expect(await local("logs")).toMatch(
        /^error: there is no \S+server\.log: no local AGB has been started in the background\.\n$/,
    );
    const started = await local("start");
    expect(await local("start")).toBe(started);
    await createSession();
    const shown = JSON.parse(await local("status", "--json")) as Record<string, unknown>;
    expect(shown).toMatchObject({ running: true, dataFolder, contexts: 1, sessions: 1 });
    expect(started).toBe(
        `Local AGB at ${String(shown.endpoint)}\nConsole at ${String(shown.consoleUrl)}\nData in ${dataFolder}\n`,
    );
    expect(await local("logs")).toContain(`Local AGB at ${String(shown.endpoint)}\n`);

    expect(await local("stop")).toBe("Local AGB stopped\n");
    expect(await runningLocalAgb(dataFolder)).toBeUndefined();
    expect(await local("stop")).toBe("No local AGB is running.\n");
    await local("start");
    expect(await local("status")).toContain("Contexts: 1\nRunning sessions: 1\n");
});

it("opens the console without its token in the list of processes", async () => {
    const output = await local("open");
    expect(output).toMatch(
        /^Console at http:\S+#[0-9a-f]{64}\nNo browser could be started\. Open the page yourself\.\n$/,
    );
    const page = join(dataFolder, "console.html");
    expect(readFileSync(page, "utf8")).toContain(`url=${/http:\S+/.exec(output)?.[0]}"`);
    expect(statSync(page).mode & 0o077).toBe(0);
});

it("resets the account after a confirmation, and keeps the key", async () => {
    await local("start");
    await createSession();
    const key = readFileSync(join(dataFolder, "api-key"), "utf8");
    expect(await local("reset")).toMatch(/\nerror: nothing was deleted\. To confirm, pass --yes\.\n$/);
    expect(await local("status")).toContain("Contexts: 1\n");

    expect(await local("reset", "--yes")).toContain("Local AGB reset.");
    expect(await runningLocalAgb(dataFolder)).toBeUndefined();
    await local("start");
    expect(await local("status")).toContain("Contexts: 0\nRunning sessions: 0\n");
    expect(readFileSync(join(dataFolder, "api-key"), "utf8")).toBe(key);
});

it("keeps what providers note about the service in the same folder", async () => {
    const { XDG_DATA_HOME: before } = process.env;
    process.env.XDG_DATA_HOME = tempFolder("local-command-notes");
    try {
        const account = accountOf(new AgbClient({ endpoint: "http://127.0.0.1:1", apiKey: "key", timeoutMs: 1000 }));
        const note = { startedAt: Date.now(), name: "notes" };
        await writeNote(account, originOf("notes"), note);
        await recordAttempt("attempt", sessionInputsSchema.parse({ imageId: "agb-code-space-2" }));

        await (await startLocalAgb({ dataFolder: defaultDataFolder() })).close();
        await resetDataFolder(defaultDataFolder());
        expect(await readNote(account, originOf("notes"))).toEqual(note);
        expect(await readAttempt("attempt")).toBeDefined();
    } finally {
        if (before === undefined) delete process.env.XDG_DATA_HOME;
        else process.env.XDG_DATA_HOME = before;
    }
});

it("is announced by a deployment that starts it, and has the resources of a stack created again, as it says, by `up --refresh`", async () => {
    const project = await new Project(embedded, { AGB_ENDPOINT: "local", AGB_LOCAL_DATA: dataFolder }).init();
    try {
        project.program('exports.contextId = new agb.Context("notes", { name: "notes" }).id;');
        const { exit, text } = await project.up();
        expect(exit).toBe(0);
        expect(text).not.toMatch(/[0-9a-f]{64}/);
        const [, openConsole = ""] = /run `npx pulumi-agb local ([^`]+)`/.exec(text) ?? [];
        const server = await runningLocalAgb(dataFolder);
        expect(await local(...openConsole.split(" "))).toContain(`Console at ${server?.consoleUrl}\n`);
        const [, advice = ""] = /run "npx pulumi-agb ([^"]+)"\.\n$/.exec(await local("reset", "--yes")) ?? [];
        expect(advice).toBe("up --refresh");
        expect((await project.pulumi(advice, "--yes", "--non-interactive")).exit).toBe(0);
        expect(await local("status")).toContain("Contexts: 1\n");
    } finally {
        project.remove();
    }
});

async function createSession(): Promise<void> {
    const server = await runningLocalAgb(dataFolder);
    if (!server) throw new Error("no local AGB is running");
    const client = await AgbClient.connect(server);
    const { id } = await client.ensureContext("notes");
    await client.createSession({
        imageId: "agb-code-space-2",
        labels: {},
        mounts: [toWireMount(mountSchema.parse({ contextId: id, path: "/home/work" }))],
    });
    await client.close();
}
