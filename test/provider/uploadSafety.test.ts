/** A mount is uploaded only if its last download succeeded, whichever operation uploads it. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbConnectionError, type SyncTask } from "../../provider/agb";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { PATH, PRECIOUS, startDeployment, type Deployment } from "../support/sessionHandlers";

let d: Deployment;
beforeEach(async () => {
    d = await startDeployment();
});
afterEach(() => d.close());

const stored = () => d.agb.files(d.contextId);
const uploadOnly = () => [{ contextId: d.contextId, path: PATH, policy: { downloadPolicy: { autoDownload: false } } }];
const repair = (sessionId: string) => d.sync({ sessionId, mode: "download" }, d.nextRun());

describe("a failed first download", () => {
    it("keeps the session until the download is repeated as the message says", async () => {
        const made = await d.withoutData();
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
        await expect(d.destroy(made)).rejects.toThrow(
            new RegExp(
                `so an upload could empty the context\\. Repeat the download with a Sync in mode: "download" and sessionId: "${made.id}", then run the command again\\. To release it anyway, `,
            ),
        );
        await repair(made.id);
        await d.destroy(made, d.nextRun());
        expect(await stored()).toEqual([`${PATH}/new.txt`, PRECIOUS]);
    });

    it("keeps the session with syncOnDelete: false as well, because AGB uploads at the release", async () => {
        const made = await d.withoutData({ syncOnDelete: false });
        await expect(d.destroy(made)).rejects.toThrow(
            /so the upload that AGB makes at a release could empty the context\. Repeat the download with a Sync/,
        );
        expect(await d.agb.sessions()).toEqual([made.id]);
        await repair(made.id);
        await d.destroy(made, d.nextRun());
        await d.agb.local.whenIdle();
        expect(await stored()).toEqual([PRECIOUS]);
    });

    it("does not matter to a mount that never uploads", async () => {
        const policy = { uploadPolicy: { autoUpload: false } };
        const made = await d.withoutData({ contextSyncs: [{ contextId: d.contextId, path: PATH, policy }] });
        await d.destroy(made);
        expect(await stored()).toEqual([PRECIOUS]);
    });

    it("is repeated by a forced release, which then loses nothing", async () => {
        const made = await d.withoutData();
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
        await d.destroy(made, d.nextRun(["Session:dev"]));
        expect(await stored()).toEqual([`${PATH}/new.txt`, PRECIOUS]);
        expect(d.lines.filter((line) => line.includes("Releasing it anyway"))).toEqual([]);
    });

    it.each([
        [true, "AGB may remove from context ID every file below /home/work that the session does not have."],
        [false, "AGB may replace files below /home/work in context ID with those of the session."],
    ])("that fails again when forced is reported with what AGB may do (syncLocalFile: %s)", async (sync, effect) => {
        const policy = { deletePolicy: { syncLocalFile: sync } };
        const made = await d.withoutData({ contextSyncs: [{ contextId: d.contextId, path: PATH, policy }] });
        d.agb.fault("SyncContext:fail:1:1");
        await d.destroy(made, d.nextRun(["Session:dev"]));
        await d.agb.local.whenIdle();
        const warning = d.lines.find((line) => line.includes("Releasing it anyway"));
        expect(warning).toMatch(
            /^Session "dev" \(session-\S+\) could not be saved completely: .+ At the release, .+ Releasing it anyway because forceDestroy is set\.$/,
        );
        expect(warning).toContain(effect.replace("ID", d.contextId));
        expect(await stored()).toEqual([PRECIOUS]);
    });
});

describe("a failed manual download", () => {
    it("counts although the mount has no automatic download", async () => {
        await d.agb.client.uploadContextFile(d.contextId, PRECIOUS, { text: "precious" });
        const made = await d.create({ contextSyncs: uploadOnly() });
        d.agb.fault("SyncContext:fail:1:1");
        await d.sync({ sessionId: made.id, mode: "download", onSyncFailure: "report" });
        await expect(d.destroy(made)).rejects.toThrow(/Repeat the download with a Sync in mode: "download"/);
        await expect(d.sync({ sessionId: made.id })).rejects.toThrow(
            /so an upload could empty the context\. Repeat the download first, with a Sync in mode: "download" on which this one depends\.$/,
        );
        await repair(made.id);
        await d.sync({ sessionId: made.id });
        await d.destroy(made);
        expect(await stored()).toEqual([PRECIOUS]);
    });

    it("counts after a successful one, also of a folder of the mount", async () => {
        await d.agb.client.uploadContextFile(d.contextId, `${PATH}/in/a.txt`, { text: "a" });
        const made = await d.create();
        d.agb.fault("SyncContext:fail:1:1");
        const folder = { contextId: d.contextId, path: `${PATH}/in` };
        await d.sync({ sessionId: made.id, mode: "download", onSyncFailure: "report", ...folder });
        await expect(d.destroy(made)).rejects.toThrow(/the download of context \S+ to \/home\/work\/in failed/);
        await repair(made.id);
        await d.destroy(made);
        expect(await stored()).toEqual([`${PATH}/in/a.txt`]);
    });

    it("is not made up for by a download of only a folder of the mount", async () => {
        const made = await d.withoutData();
        const folder = { contextId: d.contextId, path: `${PATH}/in` };
        await d.sync({ sessionId: made.id, mode: "download", ...folder });
        await expect(d.destroy(made)).rejects.toThrow(/the download of context \S+ to \/home\/work failed/);
    });
});

it("uploads a mount that has never downloaded, because that is what its policy declares", async () => {
    const made = await d.create({ contextSyncs: uploadOnly() });
    await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
    await d.sync({ sessionId: made.id });
    await d.destroy(made);
    expect(await stored()).toEqual([`${PATH}/new.txt`]);
});

it("reports which uploads are not confirmed if the session ends by itself during a destroy", async () => {
    await d.close();
    d = await startDeployment(600);
    const made = await d.create();
    await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
    const destroying = d.destroy(made);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await d.agb.client.releaseSession(made.id);
    await destroying;
    expect(d.lines.filter((line) => line.includes("was confirmed"))).toEqual([
        `Session "dev" (${made.id}) ended before the upload of ${PATH} to context ${d.contextId} was confirmed. AGB itself uploads the mounts of a session that ends, but stops after a minute: check the files there.`,
    ]);
    expect(await stored()).toEqual([`${PATH}/new.txt`]);
});

/** Shows the tasks of every session differently from now on. */
function relist(change: (task: SyncTask) => SyncTask): void {
    const { client } = d.proxy;
    const getSyncTasks = client.getSyncTasks.bind(client);
    client.getSyncTasks = async (id) => {
        const listing = await getSyncTasks(id);
        return { ...listing, tasks: listing.tasks.map(change) };
    };
}
const endless = (task: SyncTask): SyncTask => ({ ...task, status: "Pending", finishTime: 0 });
const within = (limit: string) => ({ __timeouts: { delete: limit } });
async function mounts(...names: string[]): Promise<{ contextId: string; path: string }[]> {
    return Promise.all(
        names.map(async (name) => ({
            contextId: (await d.agb.client.ensureContext(name)).id,
            path: `/home/${name}`,
        })),
    );
}

describe("a forced release", () => {
    it("repeats only the download that failed, and keeps the changes in the other mount", async () => {
        const contextSyncs = await mounts("work", "other");
        const [, other] = contextSyncs;
        const made = await d.withoutData({ contextSyncs });
        const otherId = other?.contextId ?? "";
        await d.agb.client.uploadContextFile(otherId, "/home/other/a.txt", { text: "old" });
        await d.sync({ sessionId: made.id, mode: "download", ...other }, d.nextRun());
        await d.agb.writeFile(made.id, "/home/other/a.txt", "new");
        await d.destroy(made, d.nextRun(["Session:dev"]));
        expect(await stored()).toEqual([PRECIOUS]);
        expect(await d.agb.content(otherId, "/home/other/a.txt")).toBe("new");
    });

    it("saves the other mounts although a download never ends", async () => {
        const contextSyncs = await mounts("work", "slow");
        const made = await d.create({ contextSyncs, ...within("2s") });
        await d.agb.writeFile(made.id, `${PATH}/new.txt`, "new");
        relist((task) => (task.path === "/home/slow" && task.taskType === "download" ? endless(task) : task));
        await d.destroy(made, d.nextRun(["Session:dev"]));
        expect(d.lines.find((line) => line.includes("Releasing it anyway"))).toMatch(
            /completely: the download of context \S+ to \/home\/slow did not finish in time, so an upload could empty the context\. At the release, AGB may remove from context \S+ every file below \/home\/slow that the session does not have\. Releasing/,
        );
        expect(await stored()).toEqual([`${PATH}/new.txt`]);
    });

    it("does not wait without end for a download that it repeats", async () => {
        const made = await d.withoutData(within("2s"));
        relist((task) => (task.taskType === "download" && task.status === "Success" ? endless(task) : task));
        await d.destroy(made, d.nextRun(["Session:dev"]));
        expect(d.lines.find((line) => line.includes("Releasing it anyway"))).toMatch(
            /\/home\/work did not finish in time/,
        );
    });
});

describe("a destroy", () => {
    it("waits for an upload only as long as the resource allows", async () => {
        const made = await d.create(within("400ms"));
        relist((task) => (task.taskType === "upload" ? endless(task) : task));
        await expect(d.destroy(made)).rejects.toThrow(
            /the upload of \/home\/work to context \S+ did not finish in time\. Run the command again to repeat it\./,
        );
        expect(await d.agb.sessions()).toEqual([made.id]);
    });

    it("advises to repeat a download only if one has ended", async () => {
        const contextSyncs = await mounts("work", "slow");
        const made = await d.create({ contextSyncs, ...within("400ms") });
        relist((task) => (task.path === "/home/slow" ? endless(task) : task));
        await expect(d.destroy(made)).rejects.toThrow(
            /slow did not finish in time, so an upload could empty the context[^.]*\. Run the command again/,
        );
        relist((task) => (task.path === PATH ? { ...task, status: "Failed" } : task));
        await expect(d.destroy(made)).rejects.toThrow(/could empty the context\. Repeat the download with a Sync/);
        expect(await d.agb.sessions()).toEqual([made.id]);
    });

    it("quotes what AGB says about an upload", async () => {
        const made = await d.create();
        d.agb.fault("SyncContext:403:1");
        await expect(d.destroy(made)).rejects.toThrow(
            /: its mounts could not be uploaded: [^.]*\(Quota\.Exceeded, request [^.]*\)\. Run the command again/,
        );
    });

    it("of a session that uploads nothing needs no list of its syncs", async () => {
        const policy = { uploadPolicy: { autoUpload: false } };
        const made = await d.create({ contextSyncs: [{ contextId: d.contextId, path: PATH, policy }] });
        d.agb.fault("GetContextInfo:403:1");
        await d.destroy(made);
        expect(await d.agb.sessions()).toEqual([]);
    });
});

describe("a session that ends by itself during a destroy", () => {
    const unconfirmed = () => d.lines.filter((line) => line.includes("was confirmed"));

    it("is reported with only the uploads that have not succeeded", async () => {
        const made = await d.create({ contextSyncs: await mounts("work", "failing", "slow") });
        relist((task) => {
            if (task.taskType !== "upload") return task;
            if (task.path === "/home/slow") return endless(task);
            return task.path === "/home/failing" && task.status === "Success" ? { ...task, status: "Failed" } : task;
        });
        const { client } = d.proxy;
        const getSyncTasks = client.getSyncTasks.bind(client);
        client.getSyncTasks = async (id) => {
            const listing = await getSyncTasks(id);
            if (listing.tasks.some(({ path, status }) => path === "/home/failing" && status === "Failed")) {
                client.getSyncTasks = async () => {
                    await d.agb.release(id);
                    return getSyncTasks(id);
                };
            }
            return listing;
        };
        await d.destroy(made);
        expect(unconfirmed()).toEqual([
            expect.stringMatching(
                /ended before the upload of \/home\/failing to context \S+, \/home\/slow to context \S+ was/,
            ),
        ]);
    });

    /** Ends a session while a destroy checks its downloads, after it has found the session running. */
    const endDuringCheck = (ended: string) => {
        const { client } = d.proxy;
        const getSyncTasks = client.getSyncTasks.bind(client);
        let looks = 0;
        client.getSyncTasks = async (id) => {
            if (id !== ended) return getSyncTasks(id);
            if (looks++ === 0) throw new AgbConnectionError("GetContextInfo", "The connection was lost.", false);
            await d.agb.release(id);
            return getSyncTasks(id);
        };
    };
    const effects = () =>
        ` At the release, AGB may remove from context ${d.contextId} every file below ${PATH} that the session does not have.`;
    const report = (id: string, effects = "") =>
        `Session "dev" (${id}) ended before the upload of ${PATH} to context ${d.contextId} was confirmed. AGB itself uploads the mounts of a session that ends, but stops after a minute: check the files there.${effects}`;

    it.each([
        { syncOnDelete: true, forceDestroy: false },
        { syncOnDelete: false, forceDestroy: false },
        { syncOnDelete: true, forceDestroy: true },
        { syncOnDelete: false, forceDestroy: true },
    ])("is reported with or without an upload of its own, forced or not: %o", async (options) => {
        const made = await d.create(options);
        endDuringCheck(made.id);
        await d.destroy(made);
        expect(unconfirmed()).toEqual([report(made.id)]);
    });

    it("is reported if an earlier run has left it", async () => {
        await d.create({ syncOnDelete: false });
        const [id = ""] = await d.agb.sessions();
        endDuringCheck(id);
        await sessionHandlers.create({ inputs: d.inputs({ imageId: "agb-code-space-1" }), account: d.nextRun() });
        expect(unconfirmed()).toEqual([report(id, effects())]);
    });

    it("is reported with what its end may do to a context whose data it may lack", async () => {
        const made = await d.create({ syncOnDelete: false, waitForSync: false });
        endDuringCheck(made.id);
        await d.destroy(made);
        expect(unconfirmed()).toEqual([report(made.id, effects())]);
    });
});
