/** The handlers of `Session` against a local AGB. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbConnectionError, SyncMode, syncPolicySchema, SyncStatus } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { unknown } from "../../provider/handlers/contract";
import { sessionHandlers } from "../../provider/handlers/session/session";
import type { SessionInputs } from "../../provider/handlers/session/state";
import { startTestAgb, unreachableClient, type TestAgb } from "../support/agb";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";

let agb: TestAgb;
let account: Account;
let contextId: string;
const { reporter, lines: reported } = recordingReporter();
const origin = originOf("dev");

async function start(syncTimeMs: number): Promise<void> {
    agb = await startTestAgb({ syncTimeMs });
    account = accountOf(agb.client, reporter);
    contextId = (await agb.client.ensureContext("work")).id;
}
/** Restarts the local AGB with syncs slow enough to observe. */
async function withSlowSyncs(): Promise<void> {
    await agb.close();
    await start(1500);
}
beforeEach(async () => {
    reported.splice(0);
    await start(40);
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

describe("check", () => {
    it("fills in every default, except those of policies", () => {
        const policy = {
            uploadPolicy: { autoUpload: false, uploadMode: "File" },
            deletePolicy: { syncLocalFile: true },
        };
        const contextSyncs = [
            { contextId, path: "/home/work" },
            { contextId, path: "/home/more", policy },
        ];
        expect(check({ contextSyncs })).toEqual({
            imageId: "agb-code-space-2",
            labels: {},
            contextSyncs: [
                { contextId, path: "/home/work" },
                { contextId, path: "/home/more", policy: { uploadPolicy: { autoUpload: false } } },
            ],
            idleReleaseTimeout: 300,
            waitForSync: true,
            syncOnDelete: true,
            onSyncFailure: "fail",
            forceDestroy: false,
            __origin: origin,
        });
    });

    it("reports all problems at once, each with its path", () => {
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
            'contextSyncs[2].path "/home/a/" is already the path of contextSyncs[1]; each mount needs its own path',
            'contextSyncs[3].path "/home/../etc" must be an absolute path without "." or "..", such as "/home/work"',
            "idleReleaseTimeout must be a number, not a string",
            'imageID is not a known input; did you mean "imageId"?',
            "imageId must not be empty",
            "labels.team must not be empty",
            'labels["pulumi-name"] is reserved for pulumi-agb; choose another key',
            'onSyncFailure must be "fail" or "report", not "ignore"',
        ]);
    });

    it("rejects wildcards, which AGB does not match", () => {
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

    it("names a misspelled part of a policy", () => {
        expect(
            failuresOf({
                contextSyncs: [
                    { contextId, path: "/home/w", policy: { uploadPolicy: { uploadMode: "Zip" }, bwlist: {} } },
                ],
            }),
        ).toEqual([
            'contextSyncs[0].policy.uploadPolicy.uploadMode must be "File" or "Archive", not "Zip"',
            'contextSyncs[0].policy.bwlist is not a known input; did you mean "bwList"?',
        ]);
    });

    it("accepts unknown values at any depth", () => {
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
            policy: { uploadPolicy: { autoUpload: unknown }, bwList: unknown },
        });
        expect(contextSyncs[1]).toBe(unknown);
    });
});

describe("create", () => {
    it("waits until every mount has its data", async () => {
        await withSlowSyncs();
        await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "hello" });
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        expect(await agb.readFile(id, "/home/work/a.txt")).toBe("hello");
        expect(state).toMatchObject({
            status: "RUNNING",
            syncStatus: "Success",
            contextStatuses: [
                { contextId, path: "/home/work", status: "Success", taskType: "download", errorMessage: "" },
            ],
        });
        expect(Date.parse(state.expiresAt ?? "") - Date.now()).toBeGreaterThan(29 * 60_000);
        expect(reported.some((line) => /^dev: 0 of 1 mounts synced, \d+ s$/.test(line))).toBe(true);
    });

    it("does not wait if waitForSync is false", async () => {
        await withSlowSyncs();
        const { state } = await sessionHandlers.create({ inputs: mounted({ waitForSync: false }), account });
        expect(state.syncStatus).toBe("Pending");
    });

    it("keeps a mount without a policy", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        expect((await agb.client.getSyncTasks(id)).tasks.map(({ path }) => path)).toEqual(["/home/work"]);
    });

    it("keeps a session with a failed mount as a partial failure, and names the mount and the reason", async () => {
        agb.fault("createSession:fail:1");
        const { id, message, state } = await partialFailure(sessionHandlers.create({ inputs: mounted(), account }));
        expect(await agb.sessions()).toEqual([id]);
        expect(message).toMatch(
            new RegExp(
                `^Session "dev" \\(${id}\\) runs, but is not ready: context ${contextId} at /home/work failed to download: .+ Run \`pulumi up\` again`,
            ),
        );
        expect(state).toMatchObject({ syncStatus: "Failed", contextStatuses: [{ status: "Failed" }] });
    });

    it("with onSyncFailure report succeeds and shows the failure in the outputs", async () => {
        agb.fault("createSession:fail:1");
        const { state } = await sessionHandlers.create({ inputs: mounted({ onSyncFailure: "report" }), account });
        expect(state.syncStatus).toBe("Failed");
        expect(state.contextStatuses[0]?.errorMessage).not.toBe("");
    });

    it("finds a session whose creation was not confirmed, and does not create a second one", async () => {
        agb.fault("createSession:after:1:1");
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        expect(await agb.sessions()).toEqual([id]);
    });

    it("reports what AGB does not know, and which input to check", async () => {
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

    it("ignores the order of mounts and spelled-out defaults", async () => {
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

    it("leaves complete policies, as earlier releases stored them, until the session is replaced", async () => {
        const contexts = [{ contextId, path: "/home/work" }];
        const news = { imageId: "agb-code-space-2", __origin: origin, contextSyncs: contexts };
        const created = await sessionHandlers.create({ inputs: mounted(), account });
        const contextSyncs = [{ contextId, path: "/home/work", policy: syncPolicySchema.parse({}) }];
        const [id, state] = [created.id, { ...created.state, contextSyncs }];
        const inputs = sessionHandlers.check({ olds: { contextSyncs }, news }).inputs as unknown as SessionInputs;
        expect(inputs.contextSyncs).toEqual(contextSyncs);
        for (const next of [inputs, mounted()]) {
            expect(await sessionHandlers.diff({ id, state, inputs: next, account })).toMatchObject({ changes: false });
        }
        const read = await sessionHandlers.read({ id, state, account });
        expect([read?.state.contextSyncs, read?.inputs?.contextSyncs]).toEqual([contextSyncs, contextSyncs]);
        const changed = [{ ...contextSyncs[0], policy: { deletePolicy: { syncLocalFile: false } } }];
        const { inputs: shortened } = sessionHandlers.check({ olds: { contextSyncs: changed }, news });
        expect(shortened.contextSyncs).toEqual(contexts);
    });

    it("stores 0.3 KB for a mount with the default policy", async () => {
        const bytes = async (...paths: string[]) => {
            const inputs = mounted({ contextSyncs: paths.map((path) => ({ contextId, path })) });
            const { state } = await sessionHandlers.create({ inputs, account });
            return JSON.stringify([inputs, state]).length;
        };
        const one = await bytes("/home/a");
        expect((await bytes("/home/a", "/home/b")) - one).toBeLessThanOrEqual(0.3 * 1024);
    });

    it("replaces if an input that AGB fixes at creation changes", async () => {
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

    it("replaces if a mount is unknown", async () => {
        expect(await diff({ contextSyncs: [{ contextId: unknown, path: "/home/work" }] })).toMatchObject({
            changes: true,
            replaces: ["contextSyncs"],
        });
    });

    it("replaces a released session and reports it", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await agb.release(id);
        expect(await sessionHandlers.diff({ id, state, inputs: mounted(), account })).toEqual({
            changes: true,
            replaces: ["status"],
            deleteBeforeReplace: true,
        });
        expect(reported.at(-1)).toMatch(/^Session "dev" \(.+\) was released by AGB/);
    });

    it("does not mistake an unreachable AGB for a released session", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        const lost = unreachableClient();
        const diffing = async () => sessionHandlers.diff({ id, state, inputs: mounted(), account: accountOf(lost) });
        await expect(diffing()).rejects.toBeInstanceOf(AgbConnectionError);
        await lost.close();
    });

    it("lists the sessions of a stack only once", async () => {
        const made = await Promise.all(
            ["a", "b", "c"].map((name) =>
                sessionHandlers.create({ inputs: check({ __origin: { ...origin, name } }), account }),
            ),
        );
        const counted = accountOf(agb.client, reporter);
        let listings = 0;
        const list = agb.client.listSessions.bind(agb.client);
        agb.client.listSessions = (labels) => (listings++, list(labels));
        for (const { id, state } of made) {
            expect(await sessionHandlers.diff({ id, state, inputs: state, account: counted })).toMatchObject({
                changes: false,
            });
        }
        expect(listings).toBe(1);
    });
});

describe("update", () => {
    it("repairs a failed mount without a second session", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/a.txt", { text: "hello" });
        agb.fault("createSession:fail:1:1");
        const { id, state } = await partialFailure(sessionHandlers.create({ inputs: mounted(), account }));
        expect(await sessionHandlers.diff({ id, state, inputs: mounted(), account })).toMatchObject({
            changes: true,
            replaces: [],
        });
        const repaired = await sessionHandlers.update({ id, state, inputs: mounted(), account });
        expect(repaired.state.syncStatus).toBe("Success");
        expect(await agb.sessions()).toEqual([id]);
        expect(await agb.readFile(id, "/home/work/a.txt")).toBe("hello");
    });

    it("sets labels and keeps the label of the attempt", async () => {
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
    it("shows drift of labels and returns inputs", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted({ labels: { team: "a" } }), account });
        await agb.client.setLabels(id, { ...state.allLabels, team: "b", extra: "c" });
        const read = await sessionHandlers.read({ id, state, account });
        expect(read?.inputs?.labels).toEqual({ team: "b", extra: "c" });
        expect(read?.state).toMatchObject({ imageId: "agb-code-space-2", syncStatus: "Success", status: "RUNNING" });
    });

    it("accepts a timeout that an earlier release stored, though it is not a duration", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        const stored = { ...state, __timeouts: { create: "5 minutes" } };
        expect(await sessionHandlers.read({ id, state: stored, account })).toMatchObject({ state: stored });
    });

    it("distinguishes a released session from a failed query", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        agb.fault("getSessionInfo:InternalError:1:1");
        await expect(sessionHandlers.read({ id, state, account })).rejects.toThrow(/AGB said/);
        await agb.release(id);
        expect(await sessionHandlers.read({ id, state, account })).toBeUndefined();
    });

    it("reads a session that the program only refers to by id", async () => {
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
    const content = (path: string) => agb.content(contextId, path);

    it("uploads, releases, and returns only when the session no longer exists", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await agb.writeFile(id, "/home/work/new.txt", "kept");
        await sessionHandlers.delete({ id, state, account });
        expect(await agb.sessions()).toEqual([]);
        expect(await content("/home/work/new.txt")).toBe("kept");
    });

    it("keeps the session if an upload fails, names mount and reason, and succeeds when repeated", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await agb.writeFile(id, "/home/work/new.txt", "kept");
        agb.fault("SyncContext:fail:1:1");
        await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
            new RegExp(
                `^Session "dev" \\(${id}\\) was not released, so nothing is lost: the upload of /home/work to context ${contextId} failed`,
            ),
        );
        expect(await agb.sessions()).toEqual([id]);
        await sessionHandlers.delete({ id, state, account });
        expect(await content("/home/work/new.txt")).toBe("kept");
    });

    it("never uploads a mount whose download failed, because that would empty the context", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
        agb.fault("createSession:fail:1:1");
        const { id, state } = await sessionHandlers.create({ inputs: mounted({ onSyncFailure: "report" }), account });
        await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
            /was not released, so nothing is lost: the download of context .+ failed .+forceDestroy: true/,
        );
        expect(await content("/home/work/precious.txt")).toBe("precious");
        await sessionHandlers.delete({ id, state: { ...state, forceDestroy: true }, account });
        expect(await agb.sessions()).toEqual([]);
        await agb.local.whenIdle();
        expect(await content("/home/work/precious.txt")).toBe("precious");
    });

    it("uploads the other mounts if one cannot be uploaded, so a forced release loses no more than it must", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/precious.txt", { text: "precious" });
        const { id: other } = await agb.client.ensureContext("other");
        agb.fault("createSession:fail:1:1");
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
        for (const { path } of contextSyncs) await agb.writeFile(id, `${path}/new.txt`, "kept");
        await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
            /was not released, so nothing is lost/,
        );
        expect(await agb.files(other)).toEqual(["/home/other/new.txt"]);
        expect(await agb.files(contextId)).toEqual(["/home/work/precious.txt"]);
    });

    it("can also be forced by the config", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        agb.fault("SyncContext:fail:1");
        await sessionHandlers.delete({ id, state, account: accountOf(agb.client, reporter, ["Session:dev"]) });
        expect(await agb.sessions()).toEqual([]);
        expect(reported.at(-1)).not.toBe("");
        expect(reported.some((line) => line.endsWith("Releasing it anyway because forceDestroy is set."))).toBe(true);
    });

    it("does not upload mounts without autoUpload", async () => {
        const policy = { uploadPolicy: { autoUpload: false } };
        const { id, state } = await sessionHandlers.create({
            inputs: mounted({ contextSyncs: [{ contextId, path: "/home/work", policy }] }),
            account,
        });
        await agb.writeFile(id, "/home/work/new.txt", "gone");
        await sessionHandlers.delete({ id, state, account });
        await agb.local.whenIdle();
        expect(await agb.client.listContextFilesPage(contextId, "/home/work", 1)).toEqual([]);
    });

    describe("while AGB is still uploading before the release", () => {
        beforeEach(withSlowSyncs);

        it("reports a timeout, and succeeds when repeated", async () => {
            const { id, state } = await sessionHandlers.create({
                inputs: mounted({ syncOnDelete: false, __timeouts: { delete: "200ms" } }),
                account,
            });
            await agb.writeFile(id, "/home/work/new.txt", "kept");
            await expect(sessionHandlers.delete({ id, state, account })).rejects.toThrow(
                `Session "dev" (${id}) could not be released in time: AGB still lists it. Run the command again, or allow more time with customTimeouts.`,
            );
            await sessionHandlers.delete({ id, state: { ...state, __timeouts: undefined }, account });
            expect(await agb.sessions()).toEqual([]);
        });

        it("keeps the session in the state, plans its replacement, and its files reach the context", async () => {
            const inputs = mounted();
            const { id, state } = await sessionHandlers.create({ inputs, account });
            await agb.writeFile(id, "/home/work/new.txt", "kept");
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

    it("succeeds if the session no longer exists", async () => {
        const { id, state } = await sessionHandlers.create({ inputs: mounted(), account });
        await agb.release(id);
        await sessionHandlers.delete({ id, state, account });
    });
});

describe("a sync", () => {
    it("does not mistake the outcome of an earlier one for its own", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        const mount = { contextId, path: "/home/work" };
        const outcomes = [];
        for (const text of ["1", "2", "3"]) {
            await agb.writeFile(id, "/home/work/n.txt", text);
            outcomes.push(
                ...(await account.syncs(id).run([mount], SyncMode.Upload, { deadline: Date.now() + 10_000 })),
            );
            expect(await agb.content(contextId, "/home/work/n.txt")).toBe(text);
        }
        expect(outcomes.map(({ status }) => status)).toEqual([
            SyncStatus.Success,
            SyncStatus.Success,
            SyncStatus.Success,
        ]);
    });

    it("continues if a status call fails", async () => {
        const { id } = await sessionHandlers.create({ inputs: mounted(), account });
        agb.fault("GetContextInfo:InternalError:1:4");
        const [task] = await account
            .syncs(id)
            .run([{ contextId, path: "/home/work" }], SyncMode.Upload, { deadline: Date.now() + 20_000 });
        expect(task?.status).toBe(SyncStatus.Success);
    });
});
