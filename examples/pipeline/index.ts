import * as agb from "pulumi-agb";

// In a real pipeline the data outlives the job: name a context of the account with `agb.Context.get("data", ID)`.
const context = new agb.Context("data", { forceDestroy: true });

const session = new agb.Session("job", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: context.id, path: "/home/data" }],
    // A failed download does not fail the deployment: the script reads the outputs and says what it means for the job.
    onSyncFailure: agb.OnSyncFailure.Report,
    // The sandbox goes with the job whatever became of its mounts.
    forceDestroy: true,
});

export const sessionId = session.id;
export const syncStatus = session.syncStatus;
export const contextStatuses = session.contextStatuses;
