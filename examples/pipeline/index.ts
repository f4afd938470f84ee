/** A sandbox for one pipeline run. Its outputs report the sync status instead of failing the deployment. */
import * as agb from "pulumi-agb";

// In a real pipeline, the data outlives the job. Refer to an existing context with
// `agb.Context.get("data", ID)` instead.
const context = new agb.Context("data", { forceDestroy: true });

const session = new agb.Session("job", {
    imageId: "agb-code-space-2",
    contextSyncs: [{ contextId: context.id, path: "/home/data" }],
    // A failed download does not fail the deployment. The script `ci.mjs` reads the outputs and
    // decides whether the job continues.
    onSyncFailure: agb.OnSyncFailure.Report,
    // Release the sandbox at the end of the job even if a mount cannot be uploaded.
    forceDestroy: true,
});

export const sessionId = session.id;
export const syncStatus = session.syncStatus;
export const contextStatuses = session.contextStatuses;
