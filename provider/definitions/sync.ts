/** The definition table of `Sync`. */
import { defineResource } from "./definition";

export const syncDefinition = defineResource({
    name: "Sync",
    handlers: "sync",
    inputs: {
        sessionId: "replace",
        contextId: "replace",
        path: "replace",
        mode: "replace",
        triggers: "replace",
        wait: "update",
        onSyncFailure: "update",
    },
    outputs: {
        contextStatuses: { secretWhen: ["contextId", "path"] },
        syncStatus: {},
        startedAt: {},
        finishedAt: {},
    },
    deleteBeforeReplace: false,
    importAlternative: "A sync is an action, so there is nothing to import: declare a new one.",
});
