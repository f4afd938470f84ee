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
            // Many small files travel faster as one: the context holds a single .zip, and the next session gets it unpacked.
            contextId: dependencies.id,
            path: "/home/dependencies",
            policy: { uploadPolicy: { uploadMode: agb.UploadMode.Archive } },
        },
        {
            // Of the whole project only src is kept, and of src not what can be built again. Both paths count from where they stand:
            // `path` from the mount, `excludePaths` from `path`.
            contextId: sources.id,
            path: "/home/project",
            policy: { bwList: { whiteLists: [{ path: "src", excludePaths: ["node_modules"] }] } },
        },
        {
            // The daily reports are removed from the context after a day; what lies beside them stays. What a session deletes is kept.
            contextId: reports.id,
            path: "/home/reports",
            policy: {
                recyclePolicy: { lifecycle: agb.Lifecycle.OneDay, paths: ["daily"] },
                deletePolicy: { syncLocalFile: false },
            },
        },
        {
            // Every session begins with the same fixtures: they are downloaded, and what a session does to them goes with it.
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
