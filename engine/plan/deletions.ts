/** Plans the deletions after the program has ended: what it no longer registers, and what replacements have left. */

import type { ResourceState } from "../model/types";
import type { PlanContext } from "./context";
import type { DeleteStep, RemovePendingReplaceStep, SameStep } from "./steps";
import { keep } from "./targets/untargeted";

export interface DeletionPlan {
    /** Resources that are kept because they are not among the targets. */
    sames: SameStep[];
    /** The steps of a level may run concurrently once the previous level is done. */
    levels: (DeleteStep | RemovePendingReplaceStep)[][];
}

export function planDeletions(
    context: Pick<PlanContext, "prior" | "decisions" | "targets" | "dryRun" | "reporter">,
): DeletionPlan {
    const { prior, decisions, targets, dryRun, reporter } = context;
    const mayDelete = targets.deletable(prior);
    const sames: SameStep[] = [];
    const steps = new Map<ResourceState, DeleteStep | RemovePendingReplaceStep>();
    for (const state of prior.resources) {
        const isKept = decisions.isKept(state.urn);
        if (!mayDelete(state)) {
            if (!isKept) sames.push(keep(state));
        } else if (state.delete === true) {
            if (!decisions.isDeletedBeforeReplace(state)) steps.set(state, deleteStep(state, { replacing: true }));
        } else if (!isKept) {
            const isPending = state.pendingReplacement === true;
            steps.set(state, isPending ? removePendingReplace(state) : deleteStep(state, { replacing: false }));
        }
    }
    for (const state of steps.keys()) decisions.recordDelete(state.urn);
    if (!targets.allowDeletion(steps.keys(), reporter)) {
        decisions.recordError();
        if (!dryRun) return { sames: [], levels: [] };
    }
    const levels = prior.graph.deletionLevels([...steps.keys()]);
    return { sames, levels: levels.map((level) => level.flatMap((state) => steps.get(state) ?? [])) };
}

export function deleteStep(
    state: ResourceState,
    options: { replacing: boolean; keepsUntilReplaced?: boolean },
): DeleteStep {
    const verb = state.external === true ? "discard" : "delete";
    return {
        kind: "delete",
        operation: options.replacing ? `${verb}-replaced` : verb,
        urn: state.urn,
        old: state,
        replacing: options.replacing,
        keepsUntilReplaced: options.keepsUntilReplaced ?? false,
    };
}

const removePendingReplace = (state: ResourceState): RemovePendingReplaceStep => ({
    kind: "removePendingReplace",
    operation: "remove-pending-replace",
    urn: state.urn,
    old: state,
});
