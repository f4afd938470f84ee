/** Syncs in the foreground and in the background, run again whenever a trigger changes. */
import * as pulumi from "@pulumi/pulumi";
import * as agb from "pulumi-agb";

// To run both syncs again, change the version and deploy: `pulumi config set version 2`.
const version = new pulumi.Config().get("version") ?? "1";

const notes = new agb.Context("notes", { forceDestroy: true });
const models = new agb.Context("models", { forceDestroy: true });
const session = new agb.Session("dev", {
    imageId: "agb-code-space-2",
    idleReleaseTimeout: 30 * 60,
    contextSyncs: [
        { contextId: notes.id, path: "/home/notes" },
        { contextId: models.id, path: "/home/models" },
    ],
});

// In the foreground: the deployment waits, and fails if a mount fails. Without `contextId` and
// `path`, the sync uploads every mount.
const saved = new agb.Sync("saved", { sessionId: session.id, triggers: [version] });

// In the background, for one mount: the deployment continues immediately, and
// `pulumi up --refresh` updates the outputs with the result. `dependsOn` makes it start after the
// first sync, because AGB runs only one sync of a mount at a time.
const backup = new agb.Sync(
    "backup",
    { sessionId: session.id, contextId: models.id, path: "/home/models", wait: false, triggers: [version] },
    { dependsOn: saved },
);

export const sessionId = session.id;
export const contextIds = { notes: notes.id, models: models.id };
export const savedAt = saved.finishedAt;
export const savedMounts = saved.contextStatuses;
export const backupStatus = backup.syncStatus;
