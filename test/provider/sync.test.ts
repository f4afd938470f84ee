/** The handlers of `Sync` against a local AGB. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SyncMode } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { PartialFailure, unknown } from "../../provider/handlers/contract";
import { syncHandlers } from "../../provider/handlers/sync";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256, storedAsset, stringAsset } from "../support/assets";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";

type Inputs = Parameters<typeof syncHandlers.create>[0]["inputs"];
type State = Parameters<typeof syncHandlers.delete>[0]["state"];

let agb: TestAgb;
let account: Account;
let contextId: string;
let sessionId: string;
const { reporter, lines: reported } = recordingReporter();
const PATH = "/home/work";

async function start(syncTimeMs: number): Promise<void> {
    agb = await startTestAgb({ syncTimeMs });
    account = accountOf(agb.client, reporter);
    contextId = (await agb.client.ensureContext("work")).id;
    sessionId = await newSession();
}
/** Restarts the local AGB with syncs slow enough to observe. */
async function withSyncsThatTake(milliseconds: number): Promise<void> {
    await agb.close();
    await start(milliseconds);
}
beforeEach(async () => {
    reported.splice(0);
    await start(40);
});
afterEach(() => agb.close());

const mount = (path: string, policy: object = {}) => ({ contextId, path, policy: JSON.stringify(policy) });
async function newSession(mounts = [mount(PATH), mount("/home/other")]): Promise<string> {
    const made = await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts });
    return made.sessionId;
}
function check(news: Record<string, unknown> = {}): Inputs {
    const { inputs, failures } = syncHandlers.check({ olds: {}, news: { sessionId, ...news } });
    expect(failures).toEqual([]);
    return inputs as unknown as Inputs;
}
const failuresOf = (news: Record<string, unknown>) =>
    syncHandlers.check({ olds: {}, news }).failures.map(({ property, reason }) => `${property} ${reason}`);
const create = (news?: Record<string, unknown>) => syncHandlers.create({ inputs: check(news), account });
const read = async (state: State) => (await syncHandlers.read({ id: "s", state, account }))?.state;
const diff = (state: State, news: Record<string, unknown>) =>
    syncHandlers.diff({ id: "s", state, inputs: { ...check(), ...news }, account });
const write = (path: string, content: string) =>
    agb.client.callTool(sessionId, "write_file", { path, content, mode: "overwrite" });
const stored = () => agb.files(contextId);

describe("check", () => {
    it("fills in every default", () => {
        expect(check()).toEqual({ sessionId, mode: "upload", triggers: [], wait: true, onSyncFailure: "fail" });
    });

    it("requires contextId and path together, and reports all problems at once", () => {
        expect(failuresOf({ contextId, mode: "both" })).toEqual([
            "sessionId is required",
            'mode must be "upload" or "download", not "both"',
            "path is required if contextId is set: both select one mount, neither selects every mount",
        ]);
        expect(failuresOf({ sessionId, path: "work" })).toEqual([
            "contextId is required if path is set: both select one mount, neither selects every mount",
            'path "work" must be the absolute path of a mount of the session, such as "/home/work"',
        ]);
    });

    it("reports an empty path once", () => {
        expect(failuresOf({ sessionId, contextId, path: "" })).toEqual(["path must not be empty"]);
    });

    it("accepts unknown values", () => {
        expect(
            failuresOf({ sessionId: unknown, contextId: unknown, path: PATH, triggers: [unknown, { of: [unknown] }] }),
        ).toEqual([]);
    });
});

describe("diff", () => {
    it("replaces, creating first, if the target or a trigger changes", async () => {
        const { state } = await create({ triggers: ["v1"] });
        for (const change of [
            { sessionId: "another" },
            { sessionId: unknown },
            { mode: "download" as const },
            { contextId, path: PATH },
            { triggers: ["v2"] },
            { triggers: [unknown] },
            { triggers: unknown },
        ]) {
            const { changes, replaces, deleteBeforeReplace } = await diff(state, { triggers: ["v1"], ...change });
            expect(changes).toBe(true);
            expect(replaces).toEqual(Object.keys(change));
            expect(deleteBeforeReplace).toBe(false);
        }
        expect(await diff(state, { triggers: ["v1"] })).toMatchObject({ changes: false, replaces: [] });
    });

    it("takes -0 in a trigger for the 0 that a state has of it", async () => {
        const { state } = await create({ triggers: [{ offset: 0 }] });
        expect(await diff(state, { triggers: [{ offset: -0 }] })).toMatchObject({ changes: false, replaces: [] });
    });

    it("compares assets in triggers by content", async () => {
        const stored = storedAsset(sha256("a"));
        const { state } = await create({ triggers: [stringAsset("a")] });
        expect(await diff({ ...state, triggers: [stored] }, { triggers: [stringAsset("a")] })).toMatchObject({
            changes: false,
        });
        expect(await diff({ ...state, triggers: [stored] }, { triggers: [stringAsset("b")] })).toMatchObject({
            replaces: ["triggers"],
        });
    });

    it("updates wait and onSyncFailure in place, without another sync", async () => {
        const { state } = await create();
        const next = check({ wait: false, onSyncFailure: "report" });
        expect(await syncHandlers.diff({ id: "s", state, inputs: next, account })).toMatchObject({
            changes: true,
            replaces: [],
        });
        const updated = await syncHandlers.update({ id: "s", state, inputs: next, account });
        expect(updated.state).toEqual({ ...state, wait: false, onSyncFailure: "report" });
    });
});

describe("in the foreground", () => {
    it("uploads every mount and returns its own tasks", async () => {
        await write(`${PATH}/a.txt`, "a");
        await write("/home/other/b.txt", "b");
        const { state } = await create();
        expect(await stored()).toEqual(["/home/other/b.txt", "/home/work/a.txt"]);
        expect(state.syncStatus).toBe("Success");
        expect(state.contextStatuses.map(({ path, status, taskType }) => [path, status, taskType]).sort()).toEqual([
            ["/home/other", "Success", "upload"],
            [PATH, "Success", "upload"],
        ]);
        expect(Date.parse(state.startedAt ?? "")).toBeGreaterThan(Date.now() - 60_000);
        expect(Date.parse(state.finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(state.startedAt ?? ""));
    });

    it("uploads only the given mount", async () => {
        await write(`${PATH}/a.txt`, "a");
        await write("/home/other/b.txt", "b");
        const { state } = await create({ contextId, path: PATH });
        expect(await stored()).toEqual(["/home/work/a.txt"]);
        expect(state.contextStatuses.map(({ path }) => path)).toEqual([PATH]);
    });

    it("downloads what was added to the context after the session started", async () => {
        await agb.client.uploadContextFile(contextId, `${PATH}/new.txt`, { text: "new" });
        const { state } = await create({ contextId, path: PATH, mode: "download" });
        expect(state).toMatchObject({ syncStatus: "Success", contextStatuses: [{ taskType: "download" }] });
        expect(await agb.readFile(sessionId, `${PATH}/new.txt`)).toBe("new");
    });

    it("does not mistake an earlier sync for its own, even one that ended in the same second", async () => {
        const first = await create({ contextId, path: PATH });
        agb.fault("SyncContext:fail:1:1");
        const { state } = await partialFailure(create({ contextId, path: PATH }));
        expect(first.state.syncStatus).toBe("Success");
        expect(state.syncStatus).toBe("Failed");
        expect(state.contextStatuses[0]?.startTime).toBeGreaterThan(
            first.state.contextStatuses[0]?.startTime ?? Infinity,
        );
    });

    it("gives each of several concurrent syncs its own outcome", async () => {
        agb.fault("SyncContext:fail:1:1");
        const outcomes = await Promise.all(
            [1, 2, 3].map(() => create({ contextId, path: PATH, onSyncFailure: "report" })),
        );
        expect(outcomes.map(({ state }) => state.syncStatus).sort()).toEqual(["Failed", "Success", "Success"]);
        expect(new Set(outcomes.map(({ state }) => state.startedAt)).size).toBe(3);
    });

    it("stays in the state as a partial failure if a mount fails, and the next deployment repeats it", async () => {
        agb.fault("SyncContext:fail:1:1");
        const error = await partialFailure(create({ contextId, path: PATH, __origin: originOf("save") }));
        expect(error.message).toMatch(
            new RegExp(
                `^Sync "save" \\(upload of session ${sessionId}\\) did not succeed: the upload of context ${contextId} at ${PATH} failed: .+ Run \`pulumi up\` again to repeat it, or set onSyncFailure: "report"`,
            ),
        );
        const { state } = error;
        const inputs = check({ contextId, path: PATH });
        expect(await syncHandlers.diff({ id: "s", state, inputs, account })).toMatchObject({
            changes: true,
            replaces: [],
        });
        const repaired = await syncHandlers.update({ id: "s", state, inputs, account });
        expect(repaired.state.syncStatus).toBe("Success");
        expect(await syncHandlers.diff({ id: "s", state: repaired.state, inputs, account })).toMatchObject({
            changes: false,
        });
    });

    it("with onSyncFailure report shows a failure only in the outputs, and then does not change", async () => {
        agb.fault("SyncContext:fail:1:1");
        const { state } = await create({ onSyncFailure: "report" });
        expect(state.syncStatus).toBe("Failed");
        expect(state.contextStatuses.every(({ errorMessage }) => errorMessage !== "")).toBe(true);
        expect(await diff(state, { onSyncFailure: "report" })).toMatchObject({ changes: false });
    });

    it("ends as pending at its time limit, and the next deployment waits for the same sync", async () => {
        await withSyncsThatTake(2000);
        sessionId = await newSession([mount(PATH, { downloadPolicy: { autoDownload: false } })]);
        const error = await partialFailure(create({ contextId, path: PATH, __timeouts: { create: "1s" } }));
        const { state } = error;
        expect(error.message).toMatch(
            /did not finish in time\. Run `pulumi up` again to continue, or allow more time with customTimeouts/,
        );
        expect(state.syncStatus).toBe("Pending");
        const { state: repaired } = await syncHandlers.update({
            id: "s",
            state,
            inputs: check({ contextId, path: PATH }),
            account,
        });
        expect(repaired).toMatchObject({ syncStatus: "Success", startedAt: state.startedAt });
        expect(reported.some((line) => /0 of 1 mounts synced, \d+ s$/.test(line))).toBe(true);
    });

    it("reports a session that no longer exists or lacks the mount", async () => {
        await expect(create({ contextId, path: "/home/nothing" })).rejects.toThrow(
            /failed: AGB said: .+ Check sessionId, contextId and path/,
        );
        await agb.release(sessionId);
        await expect(create()).rejects.toThrow(
            /^Sync ".+" \(upload of session .+\) failed: AGB said: .*not found.* Run `pulumi up` again to replace a session of this stack, or check sessionId\.$/,
        );
    });

    it("has nothing to sync if the session has no mounts", async () => {
        sessionId = await newSession([]);
        const { state } = await create();
        expect(state).toMatchObject({ syncStatus: "None", contextStatuses: [] });
        expect(await diff(state, { sessionId })).toMatchObject({ changes: false });
    });
});

describe("an upload of a mount that does not have its data", () => {
    it("is refused if the first download failed, so the context keeps its files", async () => {
        await agb.client.uploadContextFile(contextId, `${PATH}/precious.txt`, { text: "precious" });
        agb.fault("createSession:fail:1:1");
        sessionId = await newSession();
        await expect(create()).rejects.toThrow(
            /could empty the context\. Repeat the download first, with a Sync in mode: "download"/,
        );
        expect(await stored()).toEqual([`${PATH}/precious.txt`]);
        await create({ mode: "download" });
        await create();
        expect(await stored()).toEqual([`${PATH}/precious.txt`]);
    });

    it("waits for a first download in progress", async () => {
        await agb.client.uploadContextFile(contextId, `${PATH}/precious.txt`, { text: "precious" });
        sessionId = await newSession();
        expect((await create()).state.syncStatus).toBe("Success");
        expect(await stored()).toEqual([`${PATH}/precious.txt`]);
    });

    it("does not start if that download exceeds the time limit", async () => {
        await withSyncsThatTake(2000);
        const error = await create({ __timeouts: { create: "1s" } }).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        expect(error).not.toBeInstanceOf(PartialFailure);
        expect(String(error)).toMatch(
            /the download of context \S+ to \/home\/\w+ did not finish in time, .+ or allow more time with customTimeouts\.$/,
        );
        expect(reported.some((line) => /0 of 2 mounts downloaded before the upload, \d+ s$/.test(line))).toBe(true);
        await agb.local.whenIdle();
        expect((await create({ wait: false })).state.startedAt).toBeDefined();
    });
});

describe("in the background", () => {
    beforeEach(() => withSyncsThatTake(1000));

    it("returns while the sync runs, and a refresh shows the outcome", async () => {
        const { state } = await create({ wait: false });
        expect(state).toMatchObject({ syncStatus: "Pending", finishedAt: undefined });
        expect(state.startedAt).toBeDefined();
        await agb.local.whenIdle();
        const refreshed = await read(state);
        expect(refreshed).toMatchObject({ syncStatus: "Success", startedAt: state.startedAt });
        expect(refreshed?.finishedAt).toBeDefined();
        expect(await diff(state, { wait: false })).toMatchObject({ changes: false });
    });

    it("shows a failure in the outputs without failing the deployment", async () => {
        agb.fault("SyncContext:fail:1:1");
        const { state } = await create({ wait: false });
        await agb.local.whenIdle();
        const refreshed = await read(state);
        expect(refreshed?.syncStatus).toBe("Failed");
        expect(await diff(refreshed as State, { wait: false })).toMatchObject({ changes: false });
    });

    it("does not mistake a newer sync for its own", async () => {
        const { state } = await create({ wait: false, contextId, path: PATH });
        agb.fault("SyncContext:fail:1:1");
        const newer = await create({ contextId, path: PATH, onSyncFailure: "report" });
        expect(newer.state.syncStatus).toBe("Failed");
        expect(await read(state)).toMatchObject({ syncStatus: "Pending", startedAt: state.startedAt });
    });

    it("is awaited, not restarted, once wait is set", async () => {
        const { state } = await create({ wait: false, contextId, path: PATH });
        const { state: waited } = await syncHandlers.update({
            id: "s",
            state,
            inputs: check({ contextId, path: PATH }),
            account,
        });
        expect(waited).toMatchObject({ wait: true, syncStatus: "Success", startedAt: state.startedAt });
    });
});

describe("a session that no longer exists", () => {
    it("removes the sync from the state on refresh, and delete does nothing", async () => {
        const { state } = await create();
        await agb.release(sessionId);
        expect(await read(state)).toBeUndefined();
        await expect(syncHandlers.delete({ id: "s", state, account })).resolves.toBeUndefined();
    });

    it("is never inferred from a failed call", async () => {
        const { state } = await create();
        agb.fault("getSessionInfo:InternalError:1");
        await expect(read(state)).rejects.toThrow(/InternalError/);
    });

    it("does not hide a failed upload", async () => {
        agb.fault("SyncContext:InternalError:1:1");
        await expect(create({ mode: SyncMode.Upload })).rejects.toThrow(/failed: AGB said: .*InternalError/);
    });
});
