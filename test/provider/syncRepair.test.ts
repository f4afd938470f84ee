/** A `Sync` that has not succeeded: what its state says, and how the next deployment repairs it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { MountDownload, SyncTask } from "../../provider/agb";
import { isoTime, pendingTask } from "../../provider/agb/syncTasks";
import type { Account } from "../../provider/handlers/account";
import { syncHandlers } from "../../provider/handlers/sync";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, partialFailure } from "../support/handlers";
import type { SyncState } from "../support/sessionHandlers";

const PATH = "/home/work";
const OTHER = "/home/other";

let agb: TestAgb;
let account: Account;
let contextId: string;
let sessionId: string;

async function start(syncTimeMs: number): Promise<void> {
    agb = await startTestAgb({ syncTimeMs });
    account = accountOf(agb.client);
    contextId = (await agb.client.ensureContext("work")).id;
    const mounts = [PATH, OTHER].map((path) => ({ contextId, path, policy: "{}" }));
    ({ sessionId } = await agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts }));
    await agb.local.whenIdle();
}
async function withSlowSyncs(): Promise<void> {
    await agb.close();
    await start(2000);
}
beforeEach(() => start(10));
afterEach(() => agb.close());

function inputsOf(news: Record<string, unknown>): SyncState {
    const { inputs, failures } = syncHandlers.check({
        olds: {},
        news: { sessionId, __origin: originOf("save"), ...news },
    });
    expect(failures).toEqual([]);
    return inputs as unknown as SyncState;
}
const one = () => ({ contextId, path: PATH });
const SHORT = { __timeouts: { create: "300ms", update: "300ms" } };
const create = (news: Record<string, unknown> = {}) => syncHandlers.create({ inputs: inputsOf(news), account });
const update = (state: SyncState, news: Record<string, unknown> = {}) =>
    syncHandlers.update({ id: "s", state, inputs: inputsOf(news), account });
const read = async (state: SyncState) => (await syncHandlers.read({ id: "s", state, account }))?.state;
/** The session as a deployment knows it that has created it. */
const knowMounts = (mounts: MountDownload[]) => account.sessions.set(sessionId, { mounts, idleReleaseTimeout: 300 });
const download = (path: string, more: Partial<SyncTask> = {}): SyncTask => ({
    ...pendingTask({ contextId, path }, "download"),
    ...more,
});

describe("a repair", () => {
    it("that fails again is an error again, and the state keeps the new outcome", async () => {
        agb.fault("SyncContext:fail:1:2");
        const { state } = await partialFailure(create(one()));
        const { id, state: again, message } = await partialFailure(update(state, one()));
        expect(message).toMatch(/^Sync "save" .+ did not succeed: the upload of context \S+ at \/home\/work failed: /);
        expect([id, again.syncStatus]).toEqual(["s", "Failed"]);
        expect(Date.parse(again.startedAt ?? "")).toBeGreaterThan(Date.parse(state.startedAt ?? ""));
    });

    it("is not needed for a sync that has succeeded, even if AGB cannot be asked about it", async () => {
        const { state } = await create();
        agb.fault("GetContextInfo:InternalError:1");
        agb.fault("SyncContext:InternalError:1");
        const { state: updated } = await update(state, { wait: false });
        expect(updated).toEqual({ ...state, wait: false });
        expect(await read(updated)).toEqual(updated);
    });

    it("starts a new sync if a newer one hides the outcome of a single mount", async () => {
        const { state: newer } = await create();
        const [first, second] = newer.contextStatuses.map((task) => ({ ...task, status: "Pending", finishTime: 0 }));
        const older = { ...first, startTime: (first?.startTime ?? 0) - 60 };
        await agb.writeFile(sessionId, `${PATH}/late.txt`, "late");
        const state = { ...newer, syncStatus: "Pending", contextStatuses: [older, second] } as SyncState;
        const { state: repaired } = await update(state);
        expect(repaired.syncStatus).toBe("Success");
        expect(Date.parse(repaired.startedAt ?? "")).toBeGreaterThan(Date.parse(newer.startedAt ?? ""));
        expect(await agb.files(contextId)).toEqual([`${PATH}/late.txt`]);
    });

    it("starts a new sync if the state has no task", async () => {
        await agb.writeFile(sessionId, `${PATH}/a.txt`, "a");
        const state = { ...inputsOf({}), contextStatuses: [], syncStatus: "Pending" as const };
        expect((await update(state)).state).toMatchObject({ syncStatus: "Success", contextStatuses: [{}, {}] });
        expect(await agb.files(contextId)).toEqual([`${PATH}/a.txt`]);
    });

    it("does not start a new sync while one mount is still pending", async () => {
        await withSlowSyncs();
        const { state: pending } = await create({ wait: false });
        const [first, second] = pending.contextStatuses;
        const failed = { ...first, status: "Failed", errorMessage: "disk full", finishTime: first?.startTime };
        const state = { ...pending, contextStatuses: [failed, second] } as SyncState;
        const failure = await partialFailure(update(state, SHORT));
        expect(failure.message).toMatch(/ failed: disk full; the upload of .+ did not finish in time\. /);
        expect(failure.state.contextStatuses.map(({ status }) => status)).toEqual(["Failed", "Pending"]);
    });

    it("is left to the next deployment if a sync cannot start in time, because an earlier one still runs", async () => {
        await withSlowSyncs();
        await create({ ...one(), wait: false });
        const { state, message } = await partialFailure(create({ ...one(), ...SHORT }));
        expect(message).toMatch(
            /the upload of context \S+ at \/home\/work did not finish in time\. Run `pulumi up` again/,
        );
        const inputs = inputsOf(one());
        expect(syncHandlers.diff({ id: "s", state, inputs, account })).toMatchObject({ changes: true, replaces: [] });
    });
});

describe("the reason of a failure", () => {
    it("names only the mounts that have not succeeded", async () => {
        const other = { contextId, path: OTHER };
        knowMounts([one(), other]);
        const startSync = agb.client.startSync.bind(agb.client);
        agb.client.startSync = async (id, mode) => {
            agb.fault("SyncContext:fail:1:1");
            await startSync(id, mode, one());
            await startSync(id, mode, other);
        };
        const { message, state } = await partialFailure(create());
        expect(state.contextStatuses.map(({ status }) => status).sort()).toEqual(["Failed", "Success"]);
        expect(message).toContain(`the upload of context ${contextId} at ${PATH} failed: `);
        expect(message).not.toContain(OTHER);
    });
});

describe("a refresh", () => {
    it("looks for the outcome of each mount that has none, and covers the time of all of them", async () => {
        const { state: done } = await create();
        const [first, second] = done.contextStatuses as [SyncTask, SyncTask];
        // AGB no longer lists a task of a path that is not mounted.
        const gone = {
            ...first,
            path: "/home/gone",
            startTime: first.startTime - 60,
            finishTime: first.finishTime - 9,
        };
        const state = {
            ...done,
            syncStatus: "Pending" as const,
            contextStatuses: [gone, { ...second, status: "Pending", finishTime: 0 }],
        };
        expect(await read(state)).toMatchObject({
            syncStatus: "Success",
            contextStatuses: [gone, second],
            startedAt: isoTime(gone.startTime),
            finishedAt: isoTime(second.finishTime),
        });
    });

    it("shows no end while a mount is pending, and no start for one that has not begun", async () => {
        const { state: done } = await create(one());
        const unlisted = pendingTask({ contextId, path: "/home/gone" }, "upload");
        const state = { ...done, contextStatuses: [...done.contextStatuses, unlisted] };
        expect(await read(state)).toMatchObject({
            syncStatus: "Pending",
            startedAt: done.startedAt,
            finishedAt: undefined,
        });
        expect((await read({ ...state, contextStatuses: [unlisted] }))?.startedAt).toBeUndefined();
    });
});

describe("an upload of one mount of a session that this deployment has created", () => {
    it("is refused if the download of that mount has failed, although AGB no longer lists it", async () => {
        await agb.client.uploadContextFile(contextId, `${PATH}/precious.txt`, { text: "precious" });
        agb.fault("GetContextInfo:missing=download:1");
        knowMounts([{ ...one(), autoDownload: true, known: download(PATH, { status: "Failed", finishTime: 1 }) }]);
        await expect(create(one())).rejects.toThrow(
            /the download of context \S+ to \/home\/work failed .+, so an upload could empty the context\. Repeat the download first/,
        );
        expect(await agb.files(contextId)).toEqual([`${PATH}/precious.txt`]);
    });
});

describe("an upload of all mounts", () => {
    it("names the mount whose download must be repeated rather than one that is still in progress", async () => {
        agb.fault("GetContextInfo:missing=download:1");
        knowMounts([
            { contextId, path: OTHER, autoDownload: true },
            { ...one(), autoDownload: true, known: download(PATH, { status: "Failed", finishTime: 1 }) },
        ]);
        await expect(create(SHORT)).rejects.toThrow(
            /the download of context \S+ to \/home\/work failed .+ Repeat the download first/,
        );
    });
});
