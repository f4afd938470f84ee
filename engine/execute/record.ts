/** Records each step in the journal: the operation that is pending while it runs, and its effect on the state. */

import type { PropertyMap, ResourceState } from "../model/types";
import { sameValue } from "../model/values";
import type { Step } from "../plan/steps";
import type { Journal } from "./journal";

/** Resolves when the pending operation is on disk. */
export async function recordBegin(step: Step, journal: Journal): Promise<void> {
    switch (step.kind) {
        case "create":
            return journal.begin(step.new, "creating");
        case "update":
            return journal.begin(step.new, "updating");
        case "delete":
            return journal.begin(step.old, "deleting");
        case "read":
            return journal.begin(step.new, "reading");
        case "import":
            return journal.begin(step.new, "importing");
        default:
    }
}

/** Resolves when the outcome is on disk. An operation with an unknown outcome stays pending. */
export async function recordEnd(step: Step, journal: Journal, outcome: "done" | "failed" | "unknown"): Promise<void> {
    if (outcome === "unknown") return journal.leavePending();
    const done = outcome === "done";
    switch (step.kind) {
        case "create":
            return journal.end(
                step.new,
                done ? { added: step.new, removed: step.old?.pendingReplacement === true ? step.old : undefined } : {},
            );
        case "update":
            return journal.end(step.new, done ? { added: step.new, removed: step.old } : {});
        case "delete":
            return journal.end(step.old, done && step.old.pendingReplacement !== true ? { removed: step.old } : {});
        case "read":
            // A replaced resource is deleted at the end of the deployment.
            return journal.end(
                step.new,
                done ? { added: step.new, removed: step.replacing ? undefined : step.old } : {},
            );
        case "import":
            return journal.end(step.new, {});
        case "same":
            if (done) {
                return journal.end(undefined, {
                    added: step.new,
                    removed: step.old,
                    isKept: step.untargeted,
                    saveLater: isUnchanged(step.old, step.new),
                });
            }
            return;
        case "removePendingReplace":
            return journal.end(undefined, { removed: step.old });
        case "skippedCreate":
        case "replace":
        case "refresh":
    }
}

/** Ignores source positions and timestamps, so a run without changes does not save after every resource. */
function isUnchanged(old: ResourceState, state: ResourceState): boolean {
    return sameValue(comparableFields(old), comparableFields(state));
}

const IGNORED_FIELDS = new Set(["sourcePosition", "stackTrace", "created", "modified", "aliases"]);
function comparableFields(state: ResourceState): PropertyMap {
    const entries = Object.entries(state as unknown as PropertyMap);
    return Object.fromEntries(entries.filter(([key, value]) => !IGNORED_FIELDS.has(key) && !isEmpty(value)));
}
const isEmpty = (value: unknown): boolean =>
    value === undefined ||
    value === false ||
    value === "" ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0);
