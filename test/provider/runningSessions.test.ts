/** `pulumi-agb session`: lists the running sessions of an account, and ends one without losing the files of its contexts. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { mountSchema, toWireMount } from "../../provider/handlers/session/mounts";
import { endSession, findRunning, listRunning } from "../../provider/handlers/session/running";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { startTestAgb, type TestAgb } from "../support/agb";
import { root } from "../support/engines";
import { accountOf, originOf, recordingReporter } from "../support/handlers";
import { run } from "../support/processes";
import { tempFolder } from "../support/tempFolder";

let agb: TestAgb;
let contextId: string;
const { reporter, lines: reported } = recordingReporter();

/** Forgets which sessions this user has created, as on another machine. */
const onAnotherMachine = () => void (process.env.XDG_DATA_HOME = tempFolder("attempts"));
beforeEach(async () => {
    onAnotherMachine();
    reported.splice(0);
    agb = await startTestAgb({ syncTimeMs: 20 });
    contextId = (await agb.client.ensureContext("work")).id;
});
afterEach(() => agb.close());

async function create(name = "dev", news: Record<string, unknown> = {}): Promise<string> {
    const contextSyncs = [{ contextId, path: "/home/work" }];
    const { inputs } = sessionHandlers.check({
        olds: {},
        news: { imageId: "agb-code-space-2", contextSyncs, __origin: originOf(name), ...news },
    });
    return (
        await sessionHandlers.create({ inputs: inputs as unknown as SessionInputs, account: accountOf(agb.client) })
    ).id;
}

async function end(id: string, upload = false, config = new Map<string, string>()): Promise<void> {
    const session = await findRunning(agb.client, id);
    if (!session) throw new Error(`${id} does not run`);
    await endSession(agb.client, session, { upload, config, reporter });
}

/** Runs the command outside a project, with the account in the environment. */
const command = (...args: string[]) =>
    run([process.execPath, join(root, "dist", "cli", "main.js"), "session", ...args], {
        cwd: tempFolder("command"),
        env: { ...process.env, ...agb.env },
    });

/** Lets both sides change: `both` differs, and each side has a file that the other lacks. */
async function diverge(id: string): Promise<void> {
    await agb.writeFile(id, "/home/work/both.txt", "of the session");
    await agb.writeFile(id, "/home/work/session.txt", "of the session");
    await agb.client.uploadContextFile(contextId, "/home/work/both.txt", { text: "of the context" });
    await agb.client.uploadContextFile(contextId, "/home/work/context.txt", { text: "of the context" });
}

for (const [creator, prepare] of [
    ["this user", () => undefined],
    ["someone else", onAnotherMachine],
] as const) {
    it(`keeps what the contexts hold, and adds what only the session of ${creator} has`, async () => {
        const id = await create();
        await diverge(id);
        prepare();
        await end(id);
        expect(await agb.sessions()).toEqual([]);
        expect(await agb.files(contextId)).toEqual(
            ["both", "context", "session"].map((name) => `/home/work/${name}.txt`),
        );
        expect(await agb.content(contextId, "/home/work/both.txt")).toBe("of the context");
    });

    it(`with upload, lets the files of the session of ${creator} replace those of the contexts`, async () => {
        const id = await create();
        await diverge(id);
        prepare();
        await end(id, true);
        expect(await agb.sessions()).toEqual([]);
        expect(await agb.files(contextId)).toEqual(["both", "session"].map((name) => `/home/work/${name}.txt`));
        expect(await agb.content(contextId, "/home/work/both.txt")).toBe("of the session");
    });
}

it("does not release a session that lacks files of a context, until a download succeeds", async () => {
    const id = await create();
    await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
    agb.fault("SyncContext:fail:1:1");
    await expect(end(id)).rejects.toThrow(
        new RegExp(
            `^Session "dev" \\(${id}\\) was not released, because its release could remove newer files from its contexts: the download of context ${contextId} to /home/work failed .+ Run the command again to repeat it\\.$`,
        ),
    );
    expect(await agb.sessions()).toEqual([id]);
    await end(id);
    expect(await agb.files(contextId)).toEqual(["/home/work/precious.txt"]);
});

it("waits for the download only as long as the resource allows", async () => {
    const id = await create("dev", { __timeouts: { delete: "300ms" } });
    agb.fault("GetContextInfo:missing=download:1");
    await expect(end(id)).rejects.toThrow(
        `the download of context ${contextId} to /home/work did not finish in time. Run the command again to repeat it.`,
    );
    expect(await agb.sessions()).toEqual([id]);
});

it("takes no upload as evidence that a mount has its data", async () => {
    agb.fault("createSession:fail:1:1");
    const id = await create("dev", { onSyncFailure: "report", __timeouts: { delete: "300ms" } });
    await agb.client.startSync(id, "upload");
    await agb.local.whenIdle();
    agb.fault("GetContextInfo:missing=download:1");
    await expect(end(id, true)).rejects.toThrow(/so an upload could empty the context/);
    expect(await agb.sessions()).toEqual([id]);
});

it("names the resource of a session that another machine has created", async () => {
    const id = await create();
    onAnotherMachine();
    agb.fault("SyncContext:fail:1:1");
    await expect(end(id)).rejects.toThrow(`Session "dev" (${id}) was not released`);
});

it("releases a session that cannot be saved if its release is forced by the config", async () => {
    agb.fault("createSession:fail:1:1");
    const id = await create("dev", { onSyncFailure: "report" });
    await expect(end(id, true)).rejects.toThrow(/so an upload could empty the context/);
    agb.fault("SyncContext:fail:1");
    await end(id, true, new Map([["agb:forceDestroy", '["Session:dev"]']]));
    expect(await agb.sessions()).toEqual([]);
    expect(reported).toContainEqual(expect.stringContaining("Releasing it anyway because forceDestroy is set."));
});

it("touches no mount that its policy never uploads", async () => {
    const policy = { uploadPolicy: { autoUpload: false } };
    const id = await create("dev", { contextSyncs: [{ contextId, path: "/home/work", policy }] });
    const found = await findRunning(agb.client, id);
    expect(found).toMatchObject({ mounts: [{ contextId, path: "/home/work" }], uploads: [] });
    agb.fault("SyncContext:fail:1");
    await end(id);
    expect(await agb.sessions()).toEqual([]);
});

describe("the mounts of a session that another machine has created", () => {
    const uploadOnly = { downloadPolicy: { autoDownload: false } };
    beforeEach(onAnotherMachine);

    it("are those that AGB lists tasks of, without folders below them", async () => {
        const inner = (await agb.client.ensureContext("inner")).id;
        const contextSyncs = [
            { contextId, path: "/home/work" },
            { contextId: inner, path: "/home/work/in" },
        ];
        const { sessionId } = await agb.client.createSession({
            imageId: "agb-code-space-2",
            labels: {},
            mounts: contextSyncs.map((mount) => toWireMount(mountSchema.parse(mount))),
        });
        await agb.local.whenIdle();
        await agb.client.startSync(sessionId, "download", { contextId, path: "/home/work/sub" });
        await agb.local.whenIdle();
        expect(await findRunning(agb.client, sessionId)).toMatchObject({ mounts: contextSyncs, uploads: contextSyncs });
    });

    it("need no download if they never had one", async () => {
        const id = await create("dev", { contextSyncs: [{ contextId, path: "/home/work", policy: uploadOnly }] });
        onAnotherMachine();
        await agb.writeFile(id, "/home/work/new.txt", "new");
        await agb.client.startSync(id, "upload");
        await agb.local.whenIdle();
        await end(id, true);
        expect(await agb.sessions()).toEqual([]);
        expect(await agb.files(contextId)).toEqual(["/home/work/new.txt"]);
    });

    it("are not uploaded if their download is no longer listed before it has finished", async () => {
        await agb.close();
        agb = await startTestAgb({ syncTimeMs: 500 });
        contextId = (await agb.client.ensureContext("work")).id;
        const id = await create("dev", { waitForSync: false });
        onAnotherMachine();
        const session = await findRunning(agb.client, id);
        if (!session) throw new Error(`${id} does not run`);
        agb.fault("GetContextInfo:missing:1");
        session.state.__timeouts = { delete: "200ms" };
        await expect(endSession(agb.client, session, { upload: true, config: new Map(), reporter })).rejects.toThrow(
            /so an upload could empty the context/,
        );
        expect(await agb.sessions()).toEqual([id]);
    });
});

it("does not list a session that ends meanwhile", async () => {
    const [ended, ending, id] = [await create("ended"), await create("ending"), await create()];
    const listSessions = agb.client.listSessions.bind(agb.client);
    const getLabels = agb.client.getLabels.bind(agb.client);
    agb.client.listSessions = async function* (labels) {
        yield* listSessions(labels);
        await agb.release(ended);
    };
    agb.client.getLabels = async (of) => {
        if (of === ending) await agb.release(ending);
        return getLabels(of);
    };
    expect((await listRunning(agb.client)).map((session) => session.id)).toEqual([id]);
});

it("is not found by a failed lookup to have ended", async () => {
    const id = await create();
    agb.fault("GetLabel:403:1");
    await expect(findRunning(agb.client, id)).rejects.toThrow(/quota/);
});

it("ignores mounts whose context no longer exists", async () => {
    const id = await create();
    onAnotherMachine();
    await agb.client.deleteContext(contextId);
    expect((await findRunning(agb.client, id))?.mounts).toEqual([]);
    await end(id);
    expect(await agb.sessions()).toEqual([]);
});

it("lists every session with the resource that it belongs to, and its mounts", async () => {
    const ids = [await create("one"), await create("two")];
    const { sessionId: bare } = await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts: [] });
    const listed = await listRunning(agb.client);
    expect(listed.map(({ id, name }) => [id, name]).sort()).toEqual(
        [
            [ids[0], "one"],
            [ids[1], "two"],
            [bare, undefined],
        ].sort(),
    );
    const json = await command("list", "--json");
    expect(JSON.parse(json.stdout)).toContainEqual({
        id: ids[0],
        project: "p",
        stack: "s",
        name: "one",
        mounts: [{ contextId, path: "/home/work" }],
    });
    expect(JSON.parse(json.stdout)).toContainEqual({ id: bare, mounts: [] });
    const table = (await command("list")).stdout.split("\n");
    expect(table[0]).toMatch(/^ID +PROJECT +STACK +NAME +MOUNTS$/);
    expect(table.join("\n")).toMatch(new RegExp(`^${ids[1]} +p +s +two +${contextId} at /home/work$`, "m"));
});

it("says that there are none", async () => {
    expect((await command("list")).stdout).toBe("No running sessions.\n");
    expect((await command("list", "--json")).stdout).toBe("[]\n");
});

it("releases only what was confirmed, and says before what that does", async () => {
    const id = await create();
    await diverge(id);
    const asked = await command("release", id);
    expect(asked.exit).toBe(1);
    expect(asked.text).toBe(
        `This releases session ${id}, created for "dev" in stack s of project p.\n` +
            `  /home/work of context ${contextId}: keeps its files; files that only the session has are added\n` +
            "error: nothing was released. To confirm, pass --yes.\n",
    );
    expect(await agb.sessions()).toEqual([id]);
    const released = await command("release", id, "--upload", "--yes");
    expect(released.text).toContain(
        `  /home/work of context ${contextId}: becomes what the session has there; newer files in the context are replaced\n`,
    );
    expect(released.text).toContain(`Session ${id} released\n`);
    expect(released.exit).toBe(0);
    expect(await agb.content(contextId, "/home/work/both.txt")).toBe("of the session");
});

it("names the command that lists the sessions if there is none with the id", async () => {
    const { text, exit } = await command("release", "session-none", "--yes");
    expect(text).toBe(
        'error: the account has no running session with the name or id "session-none". To see those that it has, run `npx pulumi-agb session list`.\n',
    );
    expect(exit).toBe(1);
});

it("uses the account of the stack that is named", async () => {
    const { text } = await command("list", "--stack", "dev");
    expect(text).toContain("no Pulumi.yaml project file found");
});
