/** The first downloads of a session: what an update repeats, and what it says about those that are missing. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { SyncMode } from "../../provider/agb";
import { partialFailure } from "../support/handlers";
import { startDeployment, statuses, type Deployment } from "../support/sessionHandlers";

let d: Deployment;
let other: string;
beforeEach(async () => {
    d = await startDeployment();
    other = (await d.agb.client.ensureContext("other")).id;
});
afterEach(() => d.close());

const neverDownloads = { downloadPolicy: { autoDownload: false } };
/** One mount that fails, one that does not, and one that has nothing to download. */
const mounts = () => ({
    contextSyncs: [
        { contextId: d.contextId, path: "/home/failed" },
        { contextId: other, path: "/home/fine" },
        { contextId: other, path: "/home/none", policy: neverDownloads },
    ],
});
async function withOneFailed() {
    await d.agb.client.uploadContextFile(d.contextId, "/home/failed/a.txt", { text: "stored" });
    await d.agb.client.uploadContextFile(other, "/home/fine/a.txt", { text: "stored" });
    d.agb.fault("createSession:fail:1:1");
    const failed = await partialFailure(d.create(mounts()));
    await d.account
        .syncs(failed.id)
        .run([{ contextId: other, path: "/home/fine" }], SyncMode.Download, { deadline: Date.now() + 10_000 });
    return failed;
}

it("an update repeats only the failed download, so it replaces no file that the session has changed", async () => {
    const failed = await withOneFailed();
    await d.agb.writeFile(failed.id, "/home/fine/a.txt", "changed");
    const { state } = await d.update(failed, mounts());
    expect(await d.agb.readFile(failed.id, "/home/failed/a.txt")).toBe("stored");
    expect(await d.agb.readFile(failed.id, "/home/fine/a.txt")).toBe("changed");
    expect(statuses(state)).toEqual(["Success", "Success", "None"]);
    expect(state.syncStatus).toBe("Success");
    expect(d.lines).toContain("dev: 0 of 1 mounts synced again, 0 s");
});

it("an update whose repeated download fails names only that mount", async () => {
    const failed = await withOneFailed();
    d.agb.fault("SyncContext:fail:1:1");
    const again = await partialFailure(d.update(failed, mounts()));
    expect(again.message).toMatch(
        new RegExp(
            `^Session "dev" \\(${failed.id}\\) runs, but is not ready: context ${d.contextId} at /home/failed failed to download: [^;]+\\. Run \`pulumi up\` again to repeat the download, or set onSyncFailure: "report" to let the deployment succeed anyway\\.$`,
        ),
    );
    expect(statuses(again.state)).toEqual(["Failed", "Success", "None"]);
});

it("a download that is not finished in time is named as such, without those that have nothing to download", async () => {
    await d.close();
    d = await startDeployment(1500);
    other = (await d.agb.client.ensureContext("other")).id;
    const { contextSyncs } = mounts();
    const late = await partialFailure(
        d.create({ contextSyncs: [contextSyncs[0], contextSyncs[2]], __timeouts: { create: "150ms" } }),
    );
    expect(late.message).toBe(
        `Session "dev" (${late.id}) runs, but is not ready: context ${d.contextId} at /home/failed was still downloading. Run \`pulumi up\` again to continue waiting, or allow more time with customTimeouts, or set onSyncFailure: "report" to let the deployment succeed anyway.`,
    );
    expect(statuses(late.state)).toEqual(["Pending", "None"]);
});

it("an update does not wait if waitForSync is false, and keeps what is known", async () => {
    await d.close();
    d = await startDeployment(1500);
    const made = await d.create({ waitForSync: false });
    const { state } = await d.update(made, { waitForSync: false, labels: { team: "b" } });
    expect(state).toEqual({ ...made.state, labels: { team: "b" }, allLabels: { ...made.state.allLabels, team: "b" } });
    expect(state.syncStatus).toBe("Pending");
});

it("an update sets no labels if they are the same", async () => {
    const made = await d.create({ labels: { team: "a" } });
    d.account.agb.setLabels = () => Promise.reject(new Error("set again"));
    await d.update(made, { labels: { team: "a" }, syncOnDelete: false });
    await expect(d.update(made, { labels: { team: "b" } })).rejects.toThrow(
        `The labels of session "dev" (${made.id}) could not be set: set again`,
    );
});
