/** A context, and a session that mounts it at two paths. */
import * as agb from "pulumi-agb";

// Storage that outlives sandboxes. `forceDestroy` deletes it along with its files: leave it out
// for data that you want to keep.
const context = new agb.Context("notes", { forceDestroy: true });

// A sandbox that sees the storage as two folders. It is ready when their files have arrived.
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    idleReleaseTimeout: 30 * 60,
    contextSyncs: [
        { contextId: context.id, path: "/home/notes" },
        {
            contextId: context.id,
            path: "/home/project",
            policy: { bwList: { whiteLists: [{ path: "src" }] } },
        },
    ],
});

export const contextId = context.id;
export const sessionId = session.id;
export const syncStatus = session.syncStatus;
export const contextStatuses = session.contextStatuses;
