/** Waits for syncs when AGB lists their tasks late, with older ones, no longer, not at all, or in an unknown format. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SessionStatus } from "../../provider/agb";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { syncHandlers } from "../../provider/handlers/sync";
import { partialFailure } from "../support/handlers";
import { PATH, PRECIOUS, startDeployment, statuses, type Deployment } from "../support/sessionHandlers";

let d: Deployment;
beforeEach(async () => {
    d = await startDeployment();
});
afterEach(() => d.close());

const stored = () => d.agb.files(d.contextId);
const SHORT = { __timeouts: { create: "300ms", update: "300ms", delete: "300ms" } };

describe("tasks that are listed late", () => {
    beforeEach(() => void (d.proxy.listing = { mode: "late", looks: 3 }));

    it("are awaited by create, Sync and destroy", async () => {
        await d.agb.client.uploadContextFile(d.contextId, PRECIOUS, { text: "precious" });
        const made = await d.create();
        expect(made.state.syncStatus).toBe("Success");
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "1");
        expect((await d.sync({ sessionId: made.id })).syncStatus).toBe("Success");
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "2");
        await d.destroy(made);
        expect(await d.agb.content(d.contextId, `${PATH}/new.txt`)).toBe("2");
        expect(await stored()).toEqual([`${PATH}/new.txt`, PRECIOUS]);
    });

    it.each(["known", "unknown"])(
        "do not let a Sync of a session that is %s upload without the data",
        async (session) => {
            const made = await d.withoutData({ waitForSync: false });
            const account = session === "known" ? d.account : d.nextRun();
            await expect(d.sync({ sessionId: made.id }, account)).rejects.toThrow(
                /so an upload could empty the context/,
            );
            await expect(d.sync({ sessionId: made.id, contextId: d.contextId, path: PATH }, account)).rejects.toThrow(
                /so an upload could empty the context/,
            );
            expect(await stored()).toEqual([PRECIOUS]);
        },
    );

    it("do not let a destroy upload without the data", async () => {
        const made = await d.withoutData({ waitForSync: false });
        await expect(d.destroy(made)).rejects.toThrow(/so an upload could empty the context/);
        expect(await stored()).toEqual([PRECIOUS]);
    });

    it("belong to the Sync that started them, not those that were listed before", async () => {
        const made = await d.create();
        await d.sync({ sessionId: made.id });
        d.agb.fault("SyncContext:fail:1:1");
        expect((await d.sync({ sessionId: made.id, onSyncFailure: "report" })).syncStatus).toBe("Failed");
    });
});

describe("a listing with older tasks", () => {
    beforeEach(() => void (d.proxy.listing = { mode: "history" }));

    it("does not hide a success", async () => {
        const made = await d.create();
        expect(statuses(made.state)).toEqual(["Success"]);
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
        expect((await d.sync({ sessionId: made.id })).syncStatus).toBe("Success");
        const read = await sessionHandlers.read({ ...made, account: d.account });
        expect(read?.state.contextStatuses).toEqual(made.state.contextStatuses);
        await d.destroy(made);
        expect(await stored()).toEqual([`${PATH}/new.txt`]);
    });

    it("does not hide a failure", async () => {
        const made = await d.withoutData();
        expect(statuses(made.state)).toEqual(["Failed"]);
        await expect(d.sync({ sessionId: made.id })).rejects.toThrow(/could empty the context/);
        await expect(d.destroy(made)).rejects.toThrow(/could empty the context/);
        const repaired = await d.update(made, { onSyncFailure: "fail" });
        expect(statuses(repaired.state)).toEqual(["Success"]);
        await d.destroy(repaired);
        expect(await stored()).toEqual([PRECIOUS]);
    });

    it("does not hide the outcome of a Sync in the background", async () => {
        const made = await d.create();
        const state = await d.sync({ sessionId: made.id, wait: false });
        await d.agb.local.whenIdle();
        const read = await syncHandlers.read({ id: "s", state, account: d.account });
        expect(read?.state).toMatchObject({ syncStatus: "Success", startedAt: state.startedAt });
    });
});

describe("tasks that are no longer listed", () => {
    beforeEach(() => void (d.proxy.listing = { mode: "forgotten" }));

    it("count as the state knows them: refresh, update, Sync and destroy do not wait for them", async () => {
        const { id: other } = await d.agb.client.ensureContext("other");
        const contextSyncs = [
            { contextId: d.contextId, path: PATH },
            { contextId: other, path: "/home/other" },
        ];
        const made = await d.create({ contextSyncs });
        const read = await sessionHandlers.read({ ...made, account: d.account });
        expect(read?.state.syncStatus).toBe("Success");
        const updated = await d.update(made, { contextSyncs, labels: { team: "a" } });
        expect(updated.state.syncStatus).toBe("Success");
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
        expect((await d.sync({ sessionId: made.id })).syncStatus).toBe("Success");
        await d.destroy(updated);
        expect(await stored()).toEqual([`${PATH}/new.txt`]);
    });

    it("keep what is known of them if they have not finished", async () => {
        d.proxy.listing = { mode: "missing" };
        const { id, state } = await partialFailure(d.create(SHORT));
        const read = await sessionHandlers.read({ id, state, account: d.account });
        expect(read?.state.contextStatuses).toEqual(state.contextStatuses);
    });

    it("that failed are repeated by the next update", async () => {
        const made = await d.withoutData();
        const repaired = await d.update(made);
        expect(statuses(repaired.state)).toEqual(["Success"]);
    });
});

describe("tasks that are never listed", () => {
    beforeEach(() => void (d.proxy.listing = { mode: "missing" }));

    it("are no reason to upload or to release", async () => {
        const made = await d.create({ waitForSync: false, ...SHORT });
        await expect(d.destroy(made)).rejects.toThrow(
            /the download of context \S+ to \/home\/work did not finish in time \(AGB does not list it\), so an upload could empty the context\. Repeat the download with a Sync in mode: "download"/,
        );
        await expect(d.sync({ sessionId: made.id, ...SHORT })).rejects.toThrow(
            /\(AGB does not list it\), so an upload could empty the context\. Repeat the download first/,
        );
        expect(await d.agb.sessions()).toEqual([made.id]);
        d.proxy.listing = { mode: "plain" };
        await d.sync({ sessionId: made.id, mode: "download" });
        await d.destroy({ ...made, state: { ...made.state, __timeouts: undefined } });
        expect(await d.agb.sessions()).toEqual([]);
    });

    it("leave a session unready, with the reason", async () => {
        const { message, id, state } = await partialFailure(d.create(SHORT));
        expect(message).toMatch(
            /was still downloading \(AGB does not list it\)\. Run `pulumi up` again to continue waiting/,
        );
        d.proxy.listing = { mode: "plain" };
        expect((await d.update({ id, state })).state.syncStatus).toBe("Success");
    });
});

it("a session known only by its id shows its downloads and its status", async () => {
    const made = await d.create();
    await d.sync({ sessionId: made.id });
    const { client } = d.proxy;
    const getSession = client.getSession.bind(client);
    client.getSession = async (id) => ({ ...(await getSession(id)), status: undefined });
    const read = await sessionHandlers.read({ id: made.id, state: {}, account: d.account });
    expect(read?.state).toMatchObject({ status: "RUNNING", syncStatus: "Success" });
    expect(read?.state.contextStatuses.map(({ taskType }) => taskType)).toEqual(["download"]);
});

describe("answers that cannot be read", () => {
    beforeEach(() => void (d.proxy.listing = { mode: "unreadable" }));

    it("end a wait early, with the reason in its error, its outputs and its progress", async () => {
        const startedAt = Date.now();
        const { message, state } = await partialFailure(d.create());
        expect(Date.now() - startedAt).toBeLessThan(5000);
        const reason = "the last status check failed: AGB's answer to GetContextInfo cannot be read";
        expect(message).toContain(`was still downloading (${reason}`);
        expect(state.contextStatuses[0]?.errorMessage).toContain(reason);
        expect(d.lines.some((line) => line.startsWith(`dev: 0 of 1 mounts synced (${reason}`))).toBe(true);
    });

    it("never let a mount be uploaded", async () => {
        d.proxy.listing = { mode: "plain" };
        const made = await d.withoutData({ waitForSync: false });
        d.proxy.listing = { mode: "unreadable" };
        await expect(d.destroy(made)).rejects.toThrow(
            /was not released, so nothing is lost: the download of context \S+ to \/home\/work did not finish in time \(.+ cannot be read.+\), so an upload could empty the context/,
        );
        await expect(d.sync({ sessionId: made.id })).rejects.toThrow(/cannot be read/);
        await expect(d.sync({ sessionId: made.id }, d.nextRun())).rejects.toThrow(/cannot be read/);
        expect(await stored()).toEqual([PRECIOUS]);
    });
});

describe("a context that is mounted by its name", () => {
    const byName = { contextSyncs: [{ contextId: "work", path: PATH }] };

    it("is ready, does not change on refresh, and is uploaded", async () => {
        await d.agb.client.uploadContextFile(d.contextId, PRECIOUS, { text: "precious" });
        const made = await d.create(byName);
        expect(made.state.contextStatuses).toMatchObject([{ contextId: d.contextId, status: "Success" }]);
        const read = await sessionHandlers.read({ ...made, account: d.account });
        expect(read?.state).toEqual({ ...made.state, status: SessionStatus.Running });
        expect(await sessionHandlers.diff({ ...made, inputs: d.inputs(byName), account: d.account })).toMatchObject({
            changes: false,
            replaces: [],
        });
        expect((await d.update(made, { ...byName, labels: { team: "a" } })).state.syncStatus).toBe("Success");
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "1");
        const synced = await d.sync({ sessionId: made.id, contextId: "work", path: PATH });
        expect(synced).toMatchObject({ contextId: "work", syncStatus: "Success" });
        expect(await stored()).toEqual([`${PATH}/new.txt`, PRECIOUS]);
        await d.agb.client.renameContext(d.contextId, "renamed");
        await d.agb.writeFile(made.id, `${PATH}/newer.txt`, "2");
        await d.destroy(made, d.nextRun());
        expect(await stored()).toEqual([`${PATH}/new.txt`, `${PATH}/newer.txt`, PRECIOUS]);
    });

    it("is not uploaded without its data", async () => {
        const made = await d.withoutData({ ...byName, waitForSync: false });
        await expect(d.destroy(made)).rejects.toThrow(/could empty the context/);
        await expect(d.sync({ sessionId: made.id, contextId: "work", path: PATH })).rejects.toThrow(
            /could empty the context/,
        );
        expect(await stored()).toEqual([PRECIOUS]);
    });
});

describe("a session with a short idle limit", () => {
    it.each(["created", "only compared with its inputs"])(
        "that is %s is kept alive while a Sync runs",
        async (session) => {
            await d.close();
            d = await startDeployment(600);
            const made = await d.create({ idleReleaseTimeout: 1 });
            let refreshes = 0;
            const { client } = d.proxy;
            const refresh = client.refreshIdleTime.bind(client);
            client.refreshIdleTime = (id) => (refreshes++, refresh(id));
            const account = session === "created" ? d.account : d.nextRun();
            if (session === "only compared with its inputs") {
                await sessionHandlers.diff({ ...made, inputs: made.state, account });
            }
            await d.sync({ sessionId: made.id }, account);
            expect(refreshes).toBeGreaterThan(0);
        },
    );
});
