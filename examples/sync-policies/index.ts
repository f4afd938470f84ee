/** What each part of a sync policy does to the files of a mount. */
import * as agb from "pulumi-agb";

const context = (name: string) => new agb.Context(name, { forceDestroy: true });
const dependencies = context("dependencies");
const sources = context("sources");
const reports = context("reports");
const fixtures = context("fixtures");

const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    idleReleaseTimeout: 30 * 60,
    contextSyncs: [
        {
            // Many small files transfer faster as one archive. The context stores a single .zip,
            // and the next session unpacks it.
            contextId: dependencies.id,
            path: "/home/dependencies",
            policy: { uploadPolicy: { uploadMode: agb.UploadMode.Archive } },
        },
        {
            // Only `src` is synced, without its `node_modules`. `path` is relative to the mount,
            // and `excludePaths` is relative to `path`.
            contextId: sources.id,
            path: "/home/project",
            policy: { bwList: { whiteLists: [{ path: "src", excludePaths: ["node_modules"] }] } },
        },
        {
            // AGB removes the daily reports from the context after a day and keeps all other files.
            // Files that a session deletes stay in the context.
            contextId: reports.id,
            path: "/home/reports",
            policy: {
                recyclePolicy: { lifecycle: agb.Lifecycle.OneDay, paths: ["daily"] },
                deletePolicy: { syncLocalFile: false },
            },
        },
        {
            // Every session starts with the same fixtures. Changes that a session makes to them are
            // not uploaded.
            contextId: fixtures.id,
            path: "/home/fixtures",
            policy: { uploadPolicy: { autoUpload: false } },
        },
    ],
});

export const sessionId = session.id;
export const syncStatus = session.syncStatus;
export const contextIds = {
    dependencies: dependencies.id,
    sources: sources.id,
    reports: reports.id,
    fixtures: fixtures.id,
};
