/** The handlers of a session against a real AGB on this machine. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbClient, AgbConnectionError, SyncMode, SyncStatus } from "../../provider/agb";
import { Account } from "../../provider/handlers/account";
import { PartialFailure, unknown } from "../../provider/handlers/contract";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { parseFault } from "../../emulator/index";
import { startTestAgb, type TestAgb } from "../support/agb";

let agb: TestAgb;
let account: Account;
let contextId: string;
const said: string[] = [];
const voice = {
    status: (text: string) => void said.push(text),
    milestone: (text: string) => void said.push(text),
    info: (text: string) => void said.push(text),
    warn: (text: string) => void said.push(text),
};
const origin = { project: "p", stack: "s", name: "dev", parents: [] };

async function start(syncTime: number): Promise<void> {
    agb = await startTestAgb({ syncTime });
    account = new Account(agb.client, voice, {}, []);
    contextId = (await agb.client.ensureContext("work")).id;
}
/** For what is only to be seen while a sync goes on. */
async function withSlowSyncs(): Promise<void> {
    await agb.close();
    await start(1500);
}
beforeEach(async () => {
    said.splice(0);
    await start(120);
});
afterEach(() => agb.close());

function check(news: Record<string, unknown>): SessionInputs {
    const { inputs, failures } = sessionHandlers.check({
        olds: {},
        news: { imageId: "agb-code-space-2", __origin: origin, ...news },
    });
    expect(failures).toEqual([]);
    return inputs as unknown as SessionInputs;
}
const failuresOf = (news: Record<string, unknown>) =>
    sessionHandlers
        .check({ olds: {}, news: { imageId: "agb-code-space-2", ...news } })
        .failures.map(({ property, reason }) => `${property} ${reason}`);
const mounted = (more: Record<string, unknown> = {}) =>
    check({ contextSyncs: [{ contextId, path: "/home/work" }], ...more });
const fault = (text: string) => agb.local.faults.push(parseFault(text));
const write = (sessionId: string, path: string, content: string) =>
    agb.client.callTool(sessionId, "write_file", { path, content, mode: "overwrite" });

describe("check", () => {
    it("fills in every default, those of policies too", () => {
        const { contextSyncs, ...rest } = mounted();
        expect(rest).toEqual({
            imageId: "agb-code-space-2",
            labels: {},
            idleReleaseTimeout: 300,
            waitForSync: true,
            syncOnDelete: true,
            onSyncFailure: "fail",
            forceDestroy: false,
            __origin: origin,
        });
        expect(contextSyncs[0]?.policy).toEqual({
            uploadPolicy: { autoUpload: true, uploadStrategy: "UploadBeforeResourceRelease", uploadMode: "File" },
            downloadPolicy: { autoDownload: true, downloadStrategy: "DownloadAsync" },
            deletePolicy: { syncLocalFile: true },
            extractPolicy: { extract: true, deleteSrcFile: true, extractToCurrentFolder: false },
            recyclePolicy: { lifecycle: "Lifecycle_Forever", paths: [""] },
            bwList: { whiteLists: [] },
        });
    });

    it("finds everything that is wrong at once, each with its path", () => {
        expect(
            failuresOf({
                imageId: "",
                labels: { team: "", "pulumi-name": "x" },
                idleReleaseTimeout: "5m",
                onSyncFailure: "ignore",
                imageID: "typo",
                contextSyncs: [
                    { contextId: "c", path: "work" },
                    { path: "/home/a" },
                    { contextId: "c", path: "/home/a/" },
                    { contextId: "c", path: "/home/../etc" },
                ],
            }).sort(),
        ).toEqual([
            'contextSyncs[0].path "work" must be an absolute path without "." or "..", such as "/home/work"',
            "contextSyncs[1].contextId is required",
            'contextSyncs[2].path "/home/a/" is the path of contextSyncs[1] already: each mount needs a path of its own',
            'contextSyncs[3].path "/home/../etc" must be an absolute path without "." or "..", such as "/home/work"',
            "idleReleaseTimeout must be a number, not a string",
            "imageID is no such input: check its spelling",
            "imageId must not be empty",
            "labels.team must not be empty",
            'labels["pulumi-name"] is set by pulumi-agb itself: choose another key',
            'onSyncFailure must be "fail" or "report", not "ignore"',
        ]);
    });

    it("refuses wildcards, which AGB would match with nothing", () => {
        const policy = {
            bwList: { whiteLists: [{ path: "src/*.ts", excludePaths: ["a?"] }] },
            recyclePolicy: { paths: ["*.log"] },
            mappingPolicy: { path: "old" },
        };
        expect(
            failuresOf({ contextSyncs: [{ contextId, path: "/home/w", policy }] }).map((line) => line.split(" ")[0]),
        ).toEqual([
            "contextSyncs[0].policy.bwList.whiteLists[0].path",
            "contextSyncs[0].policy.bwList.whiteLists[0].excludePaths[0]",
            "contextSyncs[0].policy.recyclePolicy.paths[0]",
            "contextSyncs[0].policy.mappingPolicy.path",
        ]);
    });

    it("names a misspelt part of a policy", () => {
        expect(
            failuresOf({
                contextSyncs: [
                    { contextId, path: "/home/w", policy: { uploadPolicy: { uploadMode: "Zip" }, bwlist: {} } },
                ],
            }),
        ).toEqual([
            'contextSyncs[0].policy.uploadPolicy.uploadMode must be "File" or "Archive", not "Zip"',
            "contextSyncs[0].policy.bwlist is no such input: check its spelling",
        ]);
    });

    it("lets unknown values through, at any depth", () => {
        const news = {
            labels: { team: unknown },
            contextSyncs: [
                {
                    contextId: unknown,
                    path: "/home/w",
                    policy: { uploadPolicy: { autoUpload: unknown }, bwList: unknown },
                },
                unknown,
            ],
        };
        const { contextSyncs } = check(news);
        expect(contextSyncs[0]).toMatchObject({
            contextId: unknown,
            policy: { uploadPolicy: { autoUpload: unknown, uploadMode: "File" }, bwList: unknown },
        });
        expect(contextSyncs[1]).toBe(unknown);
    });
});

describe("create", () => {
    it("waits until the data of every mount is there", async () => {
        await withSlowSyncs();
        await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "hello" });
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        expect(await agb.client.callTool(id, "read_file", { path: "/home/work/a.txt" })).toBe("hello");
        expect(state).toMatchObject({
            status: "RUNNING",
            syncStatus: "Success",
            contextStatuses: [
                { contextId, path: "/home/work", status: "Success", taskType: "download", errorMessage: "" },
            ],
        });
        expect(Date.parse(state.expiresAt ?? "") - Date.now()).toBeGreaterThan(29 * 60_000);
        expect(said.some((line) => /^dev: 0 of 1 mounts synced, \d+ s$/.test(line))).toBe(true);
    });

    it("does not wait where waitForSync is off", async () => {
        await withSlowSyncs();
        const { state } = await sessionHandlers.create({ inputs: mounted({ waitForSync: false }), account });
        expect(state.syncStatus).toBe("Pending");
    });

    it("keeps a mount without a policy", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        expect((await agb.client.getSyncTasks(id)).tasks.map(({ path }) => path)).toEqual(["/home/work"]);
    });

    it("keeps a session whose mount failed as half made, and names the mount and the reason", async () => {
        fault("createSession:fail:1");
        const failure: unknown = await sessionHandlers
            .create({ inputs: mounted(), account })
            .catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(PartialFailure);
        const { id, message, state } = failure as PartialFailure;
        expect(await agb.sessions()).toEqual([id]);
        expect(message).toMatch(
            new RegExp(
                `^Session "dev" \\(${id}\\) runs, but is not ready: context ${contextId} at /home/work failed to download: .+ Run \`pulumi up\` again`,
            ),
        );
        expect(state).toMatchObject({ syncStatus: "Failed", contextStatuses: [{ status: "Failed" }] });
    });

    it("succeeds where failures are only to be reported, and reports them", async () => {
        fault("createSession:fail:1");
        const { state } = await sessionHandlers.create({ inputs: mounted({ onSyncFailure: "report" }), account });
        expect(state.syncStatus).toBe("Failed");
        expect(state.contextStatuses[0]?.errorMessage).not.toBe("");
    });

    it("finds the session that was made although the answer was lost, and makes no second", async () => {
        fault("createSession:after:1:1");
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        expect(await agb.sessions()).toEqual([id]);
    });

    it("warns of running sessions of another attempt by their ids, and never touches them", async () => {
        const { id: other } = await sessionHandlers.create({ inputs: check({ labels: { team: "a" } }), account });
        const { id: stranger } = await sessionHandlers.create({
            inputs: check({ __origin: { ...origin, name: "else" } }),
            account,
        });
        expect(said.filter((line) => line.includes("the account runs"))).toEqual([]);
        const { id } = await sessionHandlers.create({
            inputs: check({}),
            account: new Account(agb.client, voice, {}, []),
        });
        expect(
            said.filter((line) =>
                line.includes(`Session "dev": the account runs ${other} for the same project, stack and name already`),
            ),
        ).toHaveLength(1);
        expect((await agb.sessions()).sort()).toEqual([other, stranger, id].sort());
        expect(await agb.client.getLabels(other)).toMatchObject({ team: "a" });
    });

    it("says what AGB does not know, and where to look", async () => {
        await expect(
            sessionHandlers.create({ inputs: check({ imageId: "agb-code-space-9" }), account }),
        ).rejects.toThrow(
            /^Session "dev" could not be created from image "agb-code-space-9": AGB said: .+\(.+, request .+\)\. Check imageId\.$/,
        );
        await expect(
            sessionHandlers.create({
                inputs: check({ contextSyncs: [{ contextId: "SdkCtx-none", path: "/home/w" }] }),
                account,
            }),
        ).rejects.toThrow(/^Session "dev" could not be created .+SdkCtx-none.+ Check contextSyncs\[0\]\.contextId\.$/);
        expect(await agb.sessions()).toEqual([]);
    });
});

describe("diff", () => {
    const diff = async (news: Record<string, unknown>) => {
        const made = await sessionHandlers.create({ inputs: mounted({ labels: { team: "a" } }), account });
        return sessionHandlers.diff({
            id: made.id,
            state: made.state,
            inputs: mounted({ labels: { team: "a" }, ...news }),
            account,
        });
    };

    it("sees no change where there is none, whatever the order and the wording", async () => {
        const other = (await agb.client.ensureContext("other")).id;
        const policy = (paths: string[]) => ({
            bwList: { whiteLists: paths.map((path) => ({ path, excludePaths: ["/b/", "a"] })) },
        });
        const inputs = mounted({
            contextSyncs: [
                { contextId, path: "/home/a", policy: policy(["src", "/lib/"]) },
                { contextId: other, path: "/home/b" },
            ],
        });
        const same = mounted({
            contextSyncs: [
                { contextId: other, path: "/home/b", policy: { uploadPolicy: { autoUpload: true } } },
                { contextId, path: "/home/a", policy: policy(["lib", "/src"]) },
            ],
        });
        const { id, state } = await sessionHandlers.create({ inputs, account });
        expect(await sessionHandlers.diff({ id, state, inputs: same, account })).toMatchObject({
            changes: false,
            replaces: [],
        });
    });

    it("replaces for what AGB fixes at creation, and names it", async () => {
        expect(await diff({ imageId: "agb-code-space-1", idleReleaseTimeout: 600, contextSyncs: [] })).toEqual({
            changes: true,
            replaces: ["imageId", "contextSyncs", "idleReleaseTimeout"],
            deleteBeforeReplace: true,
        });
    });

    it("updates labels and its own options in place", async () => {
        expect(await diff({ labels: { team: "b" } })).toMatchObject({ changes: true, replaces: [] });
        expect(await diff({ syncOnDelete: false })).toMatchObject({ changes: true, replaces: [] });
        expect(await diff({ __origin: { ...origin, name: "renamed" } })).toMatchObject({ changes: true, replaces: [] });
    });

    it("replaces for a mount that is unknown yet", async () => {
        expect(await diff({ contextSyncs: [{ contextId: unknown, path: "/home/work" }] })).toMatchObject({
            changes: true,
            replaces: ["contextSyncs"],
        });
    });

    it("replaces a session that was released, and says so", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await agb.release(id);
        expect(await sessionHandlers.diff({ id, state, inputs: mounted(), account })).toEqual({
            changes: true,
            replaces: ["status"],
            deleteBeforeReplace: true,
        });
        expect(said.at(-1)).toMatch(/^Session "dev" \(.+\) was released by AGB/);
    });

    it("never takes an AGB that cannot be reached for a released session", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        const lost = new AgbClient({ endpoint: "http://127.0.0.1:1", apiKey: "k", timeoutMs: 1000 });
        const diffing = async () =>
            sessionHandlers.diff({ id, state, inputs: mounted(), account: new Account(lost, voice, {}, []) });
        await expect(diffing()).rejects.toBeInstanceOf(AgbConnectionError);
        await lost.close();
    });

    it("asks once for all sessions of a stack", async () => {
        const made = await Promise.all(
            ["a", "b", "c"].map((name) =>
                sessionHandlers.create({ inputs: check({ __origin: { ...origin, name } }), account }),
            ),
        );
        const counted = new Account(agb.client, voice, {}, []);
        let listings = 0;
        const list = agb.client.listSessions.bind(agb.client);
        agb.client.listSessions = (labels) => (listings++, list(labels));
        for (const { id, state } of made)
            expect(await sessionHandlers.diff({ id, state, inputs: state, account: counted })).toMatchObject({
                changes: false,
            });
        expect(listings).toBe(1);
    });
});

describe("update", () => {
    it("repairs a failed mount without a second session", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "hello" });
        fault("createSession:fail:1:1");
        const half = (await sessionHandlers
            .create({ inputs: mounted(), account })
            .catch((error: unknown) => error)) as PartialFailure;
        const state = half.state as Parameters<typeof sessionHandlers.update>[0]["state"];
        expect(await sessionHandlers.diff({ id: half.id, state, inputs: mounted(), account })).toMatchObject({
            changes: true,
            replaces: [],
        });
        const repaired = await sessionHandlers.update({ id: half.id, state, inputs: mounted(), account });
        expect(repaired.state.syncStatus).toBe("Success");
        expect(await agb.sessions()).toEqual([half.id]);
        expect(await agb.client.callTool(half.id, "read_file", { path: "/home/work/a.txt" })).toBe("hello");
    });

    it("sets labels and keeps the mark of the attempt", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        const updated = await sessionHandlers.update({
            id,
            state,
            inputs: mounted({ labels: { team: "b" } }),
            account,
        });
        expect(await agb.client.getLabels(id)).toEqual(updated.state.allLabels);
        expect(updated.state.allLabels).toEqual({ ...state.allLabels, team: "b" });
    });
});

describe("read", () => {
    it("shows drift of labels, and gives inputs", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted({ labels: { team: "a" } }), account });
        await agb.client.setLabels(id, { ...state.allLabels, team: "b", extra: "c" });
        const read = await sessionHandlers.read({ id, state, account });
        expect(read?.inputs?.labels).toEqual({ team: "b", extra: "c" });
        expect(read?.state).toMatchObject({ imageId: "agb-code-space-2", syncStatus: "Success", status: "RUNNING" });
    });

    it("tells a session that is gone from one that cannot be asked for", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        fault("getSessionInfo:InternalError:1:1");
        await expect(sessionHandlers.read({ id, state, account })).rejects.toThrow(/AGB said/);
        await agb.release(id);
        expect(await sessionHandlers.read({ id, state, account })).toBeUndefined();
    });

    it("reads what there is of a session that was got by its id", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted({ labels: { team: "a" } }), account });
        const read = await sessionHandlers.read({ id, state: {}, account });
        expect(read?.state).toMatchObject({
            labels: { team: "a" },
            syncStatus: "Success",
            contextStatuses: [{ contextId, path: "/home/work" }],
        });
    });
});

describe("delete", () => {
    const content = async (path: string) => {
        const stream = await agb.client.downloadContextFile(contextId, path);
        return Buffer.concat((await stream.toArray()) as Buffer[]).toString();
    };

    it("uploads, releases, and is through only when the session is gone", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await write(id, "/home/work/new.txt", "kept");
        await sessionHandlers.delete({ id, state, account });
        expect(await agb.sessions()).toEqual([]);
        expect(await content("/home/work/new.txt")).toBe("kept");
    });

    it("keeps the session when an upload fails, says which mount and why, and goes through when it is repeated", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await write(id, "/home/work/new.txt", "kept");
        fault("SyncContext:fail:1:1");
        await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
            new RegExp(
                `^Session "dev" \\(${id}\\) was not released, so that nothing is lost: the upload of /home/work to context ${contextId} failed`,
            ),
        );
        expect(await agb.sessions()).toEqual([id]);
        await sessionHandlers.delete({ id, state, account });
        expect(await content("/home/work/new.txt")).toBe("kept");
    });

    it("never uploads a mount whose download failed, since that would empty the context", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
        fault("createSession:fail:1:1");
        const { id, state } = await sessionHandlers.create({ inputs: mounted({ onSyncFailure: "report" }), account });
        await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
            /was not released, so that nothing is lost: the download of context .+ failed .+forceDestroy: true/,
        );
        expect(await content("/home/work/precious.txt")).toBe("precious");
        await sessionHandlers.delete({ id, state: { ...state, forceDestroy: true }, account });
        expect(await agb.sessions()).toEqual([]);
        await agb.local.settleSyncs();
        expect(await content("/home/work/precious.txt")).toBe("precious");
    });

    it("uploads the other mounts where one cannot be, so that a forced release loses nothing that could be saved", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
        const { id: other } = await agb.client.ensureContext("other");
        fault("createSession:fail:1:1");
        const contextSyncs = [
            { contextId: other, path: "/home/other" },
            { contextId, path: "/home/work" },
        ];
        const { id, state } = await sessionHandlers.create({
            inputs: mounted({ onSyncFailure: "report", contextSyncs }),
            account,
        });
        await account
            .syncs(id, 300)
            .run([{ contextId: other, path: "/home/other" }], SyncMode.Download, { deadline: Date.now() + 10_000 });
        for (const { path } of contextSyncs) await write(id, `${path}/new.txt`, "kept");
        await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
            /was not released, so that nothing is lost/,
        );
        expect(await agb.files(other)).toEqual(["/home/other/new.txt"]);
        expect(await agb.files(contextId)).toEqual(["/home/work/precious.txt"]);
    });

    it("is forced by the config as well", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        fault("SyncContext:fail:1");
        await sessionHandlers.delete({ id, state, account: new Account(agb.client, voice, {}, ["dev"]) });
        expect(await agb.sessions()).toEqual([]);
        expect(said.at(-1)).not.toBe("");
        expect(said.some((line) => line.endsWith("It is released all the same, as forceDestroy says."))).toBe(true);
    });

    it("leaves mounts alone that are not to be uploaded", async () => {
        const policy = { uploadPolicy: { autoUpload: false } };
        const { id, state } = await sessionHandlers.create({
            inputs: mounted({ contextSyncs: [{ contextId, path: "/home/work", policy }] }),
            account,
        });
        await write(id, "/home/work/new.txt", "gone");
        await sessionHandlers.delete({ id, state, account });
        await agb.local.settleSyncs();
        expect(await agb.client.listContextFilesPage(contextId, "/home/work", 1)).toEqual([]);
    });

    describe("when AGB has begun to release it, and still uploads", () => {
        beforeEach(withSlowSyncs);

        it("says so when that takes too long, and is through when it is repeated", async () => {
            const { id, state } = await sessionHandlers.create({
                inputs: mounted({ syncOnDelete: false, waitForSync: false, __timeouts: { delete: "200ms" } }),
                account,
            });
            await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
                `Session "dev" (${id}) could not be released in time: AGB still has it. Run the command again, or allow more time with customTimeouts.`,
            );
            await sessionHandlers.delete({ id, state: { ...state, __timeouts: undefined }, account });
            expect(await agb.sessions()).toEqual([]);
        });

        it("stays in the state until it is gone, is to be replaced, and what it wrote is in the context then", async () => {
            const inputs = mounted();
            const { id, state } = await sessionHandlers.create({ inputs, account });
            await write(id, "/home/work/new.txt", "kept");
            await agb.client.releaseSession(id);
            expect(await agb.client.getSessionStatus(id)).toBe("DELETING");
            const read = await sessionHandlers.read({ id, state, account });
            expect(read?.state).toEqual({ ...state, status: "DELETING" });
            expect(await sessionHandlers.diff({ id, state, inputs, account })).toMatchObject({
                changes: true,
                replaces: ["status"],
            });
            await sessionHandlers.delete({ id, state, account });
            expect(await agb.files(contextId)).toEqual(["/home/work/new.txt"]);
        });
    });

    it("is content when the session is gone already", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await agb.release(id);
        await sessionHandlers.delete({ id, state, account });
    });
});

describe("a sync", () => {
    it("never takes the outcome of an earlier one for its own", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        const mount = { contextId, path: "/home/work" };
        const outcomes = [];
        for (const text of ["1", "2", "3"]) {
            await write(id, "/home/work/n.txt", text);
            outcomes.push(
                ...(await account.syncs(id).run([mount], SyncMode.Upload, { deadline: Date.now() + 10_000 })),
            );
            const stream = await agb.client.downloadContextFile(contextId, "/home/work/n.txt");
            expect(Buffer.concat((await stream.toArray()) as Buffer[]).toString()).toBe(text);
        }
        expect(outcomes.map(({ status }) => status)).toEqual([
            SyncStatus.Success,
            SyncStatus.Success,
            SyncStatus.Success,
        ]);
    });

    it("goes on when a status call fails", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        fault("GetContextInfo:InternalError:1:4");
        const [task] = await account
            .syncs(id)
            .run([{ contextId, path: "/home/work" }], SyncMode.Upload, { deadline: Date.now() + 20_000 });
        expect(task?.status).toBe(SyncStatus.Success);
    });
});
