import * as agb from "pulumi-agb";

// Storage that outlives sandboxes. With forceDestroy it goes together with its files: leave that out for data you want to keep.
const context = new agb.Context("notes", { forceDestroy: true });

// A sandbox that sees the storage as two folders, and is ready once their files have arrived.
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    idleReleaseTimeout: 30 * 60,
    contextSyncs: [
        { contextId: context.id, path: "/home/notes" },
        { contextId: context.id, path: "/home/project", policy: { bwList: { whiteLists: [{ path: "src" }] } } },
    ],
});

export const contextId = context.id;
export const sessionId = session.id;
export const syncStatus = session.syncStatus;
export const contextStatuses = session.contextStatuses;
