import * as agb from "pulumi-agb";

// A context keeps its files by the absolute path at which they were written: here by the sessions of one image ...
const WRITTEN_AT = "/home/linux/project";
// ... and the sessions of another image have their work elsewhere.
const WANTED_AT = "/tmp/project";

const context = new agb.Context("project", { forceDestroy: true });

// Stands for what an earlier session left behind.
const readme = new agb.ContextFile("readme", {
    contextId: context.id,
    path: `${WRITTEN_AT}/readme.md`,
    content: "Written on one image, read on another.\n",
});

const session = new agb.Session(
    "reader",
    {
        imageId: "agb-browser-use-1",
        idleReleaseTimeout: 30 * 60,
        contextSyncs: [
            {
                // The files from the old path, at the new one. This mount only reads: what it uploaded would not reach the old path, where the other image looks.
                contextId: context.id,
                path: WANTED_AT,
                policy: {
                    mappingPolicy: { path: WRITTEN_AT },
                    uploadPolicy: { autoUpload: false },
                },
            },
            {
                // The same context without a mapping: an empty folder, since nothing was ever written at this path. What is written here stays apart from the rest.
                contextId: context.id,
                path: "/tmp/results",
            },
        ],
    },
    { dependsOn: readme },
);

export const contextId = context.id;
export const sessionId = session.id;
export const syncStatus = session.syncStatus;
export const mounts = session.contextStatuses;
