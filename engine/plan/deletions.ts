/** What is deleted once the program has ended: all that it no longer has, and what replacements left behind. */

import type { ResourceState } from "../model/types";
import type { PriorState } from "./priorState";
import type { Decisions } from "./decisions";
import type { Reporter } from "./planner";
import type { Selection } from "./selection";
import type { DeleteStep, RemovePendingReplaceStep, SameStep } from "./steps";

export interface DeletionPlan {
    /** What stays because it is not among the targets. */
    sames: SameStep[];
    /** Each level may be deleted side by side, when the level before is gone. */
    levels: (DeleteStep | RemovePendingReplaceStep)[][];
}

export function planDeletions(
    base: PriorState,
    decisions: Decisions,
    selection: Selection,
    options: { targetDependents: boolean; dryRun: boolean },
    report: Reporter,
): DeletionPlan {
    const deletable = selection.deletable(base);
    const sames: SameStep[] = [];
    const steps = new Map<ResourceState, DeleteStep | RemovePendingReplaceStep>();
    for (const state of base.resources) {
        if (!deletable(state)) {
            if (!decisions.isKept(state.urn))
                sames.push({
                    kind: "same",
                    operation: "same",
                    urn: state.urn,
                    old: state,
                    new: { ...state },
                    untargeted: true,
                });
        } else if (state.delete === true) {
            if (!decisions.deletedBeforeReplace.has(state)) steps.set(state, deletion(state, { replacing: true }));
        } else if (!decisions.isKept(state.urn)) {
            steps.set(
                state,
                state.pendingReplacement === true ? dropPending(state) : deletion(state, { replacing: false }),
            );
        }
    }
    for (const state of steps.keys()) decisions.deletes.add(state.urn);
    if (!targetsAllowDeletion(steps.keys(), selection, options, report)) {
        decisions.failed = true;
        if (!options.dryRun) return { sames: [], levels: [] };
    }
    const levels = base.graph.deletionLevels([...steps.keys()]);
    return { sames, levels: levels.map((level) => level.flatMap((state) => steps.get(state) ?? [])) };
}

export function deletion(
    state: ResourceState,
    options: { replacing: boolean; keepsUntilReplaced?: boolean },
): DeleteStep {
    const external = state.external === true;
    const operation = options.replacing
        ? external
            ? "discard-replaced"
            : "delete-replaced"
        : external
          ? "discard"
          : "delete";
    return {
        kind: "delete",
        operation,
        urn: state.urn,
        old: state,
        replacing: options.replacing,
        keepsUntilReplaced: options.keepsUntilReplaced ?? false,
    };
}

const dropPending = (state: ResourceState): RemovePendingReplaceStep => ({
    kind: "removePendingReplace",
    operation: "remove-pending-replace",
    urn: state.urn,
    old: state,
});

/** Deleting a target means deleting what depends on it; that must have been asked for. */
function targetsAllowDeletion(
    toDelete: Iterable<ResourceState>,
    selection: Selection,
    options: { targetDependents: boolean },
    report: Reporter,
): boolean {
    if (!selection.targets.isConstrained || options.targetDependents) return true;
    const untargeted = [...toDelete].filter((state) => !selection.targets.has(state.urn));
    for (const { urn } of untargeted) {
        report.error(
            urn,
            `Resource '${urn}' will be destroyed but was not specified in --target list.\nEither include resource in --target list or pass --target-dependents to proceed.`,
        );
    }
    return untargeted.length === 0;
}
