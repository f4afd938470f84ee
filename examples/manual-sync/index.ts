import * as pulumi from "@pulumi/pulumi";
import * as agb from "pulumi-agb";

// Set another version and deploy: both syncs are done again. `pulumi config set version 2`
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

// In the foreground: the deployment waits, and fails when a mount does. Without contextId and path every mount is uploaded.
const saved = new agb.Sync("saved", { sessionId: session.id, triggers: [version] });

// In the background, of one mount: the deployment goes on at once, and `pulumi up --refresh` brings the outcome into the outputs.
// It begins when the first one is over, since AGB runs one sync of a mount at a time.
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
