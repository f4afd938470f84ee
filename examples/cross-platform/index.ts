/** Data written at one path, mounted at another path by a session with a different image. */
import * as agb from "pulumi-agb";

// A context stores each file under the absolute path at which it was written.
// Sessions with one image write their work here.
const WRITTEN_AT = "/home/linux/project";
// Sessions with another image expect it here.
const WANTED_AT = "/tmp/project";

const context = new agb.Context("project", { forceDestroy: true });

// Simulates a file that an earlier session wrote.
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
                // Shows the files from the old path at the new one. This mount only reads: an upload
                // would write to the new path, where sessions with the other image do not look.
                contextId: context.id,
                path: WANTED_AT,
                policy: {
                    mappingPolicy: { path: WRITTEN_AT },
                    uploadPolicy: { autoUpload: false },
                },
            },
            {
                // The same context without a mapping. The folder is empty because nothing was ever
                // written at this path. Files written here stay separate from the others.
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
