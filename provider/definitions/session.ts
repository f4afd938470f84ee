/** The definition table of `Session`. */
import { defineResource } from "./definition";

export const sessionDefinition = defineResource({
    name: "Session",
    handlers: "session",
    inputs: {
        // AGB fixes these when it creates the session.
        imageId: "replace",
        contextSyncs: "replace",
        policyId: "replace",
        idleReleaseTimeout: "replace",
        labels: "update",
        // Only this provider reads these.
        waitForSync: "update",
        syncOnDelete: "update",
        onSyncFailure: "update",
        forceDestroy: "update",
        renewBefore: "update",
    },
    outputs: {
        status: {},
        contextStatuses: { secretWhen: ["contextSyncs"] },
        syncStatus: {},
        expiresAt: {},
        resourceUrl: { secret: true },
        token: { secret: true },
        linkUrl: { secret: true },
        wsUrl: { secret: true },
        allLabels: { secret: true },
    },
    deleteBeforeReplace: true,
    createFirstProblem: "the new session would start without the files that the old one has yet to upload",
    importAlternative:
        "Sessions end after 30 minutes: declare a new one, or refer to a running one with Session.get(name, id).",
});
