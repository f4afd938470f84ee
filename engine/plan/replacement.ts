/** Replaces a resource: the new one first and the old one at the end, or the old one first with what hangs on it. */

import type { ResourceState } from "../model/types";
import { deletion } from "./deletions";
import { replacedTogether, dependentReplacements } from "./dependents";
import { AlreadyReported } from "./errors";
import { checkInputs, type PlanContext, type Registration } from "./planner";
import type { Diff } from "./provider";
import type { CreateStep, DeleteStep, ReplaceStep, Step } from "./steps";

export async function planReplacement(
    registration: Registration,
    old: ResourceState,
    diff: Diff,
    context: PlanContext,
): Promise<Step[]> {
    const { goal, state, provider, answer } = registration;
    const { decisions, report, selection, dryRun } = context;
    const { urn } = state;
    if (state.protect === true && old.protect === true) {
        report.error(
            urn,
            `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\``,
        );
        if (!dryRun) throw new AlreadyReported("protected");
        decisions.failed = true;
    }
    if (goal.importId !== undefined) {
        const message =
            "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program";
        if (!dryRun) throw new Error(message);
        report.warning(urn, message);
    }
    decisions.replaces.add(urn);
    // The inputs were checked with defaults carried over from the old resource; the new one starts afresh.
    if (!selection.replace.has(urn) && !(await checkInputs(state, provider, undefined, goal.properties, report)))
        throw new AlreadyReported(`resource ${urn} has check errors`);

    const keys = { replaceKeys: diff.replaceKeys, diffKeys: diff.changedKeys };
    const replace: ReplaceStep = { kind: "replace", operation: "replace", urn, old, new: state, ...keys };
    const create: CreateStep = {
        kind: "create",
        operation: "create-replacement",
        urn,
        old,
        new: state,
        deletesLater: true,
        answer,
        ...keys,
    };
    const deleteFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    if (!deleteFirst) return [create, replace];
    return [...(await planDeletionAhead(old, urn, context)), replace, { ...create, deletesLater: false }];
}

/** Dependents first, then the resource itself, unless that is gone already. */
async function planDeletionAhead(old: ResourceState, urn: string, context: PlanContext): Promise<DeleteStep[]> {
    const { base, decisions, providers, report } = context;
    const dependents = base.graph.has(old) ? await dependentReplacements(old, base, decisions, providers) : [];
    const steps: DeleteStep[] = [];
    for (const { state, replaceKeys } of [
        ...dependents,
        ...replacedTogether(old, base.current.values(), decisions),
    ].reverse()) {
        if (decisions.deletedBeforeReplace.has(state)) continue;
        decisions.deletedBeforeReplace.set(state, replaceKeys);
        if (state.delete === true) {
            // It only waited for that; what stands in its place is another matter, and need not depend on this any more.
            steps.push(deletion(state, { replacing: false }));
            continue;
        }
        if (state.protect === true) {
            report.error(
                urn,
                `unable to replace resource "${state.urn}" as part of replacing "${urn}" as it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${state.urn}'\``,
            );
            throw new AlreadyReported("protected");
        }
        steps.push(deletion(state, { replacing: true, keepsUntilReplaced: true }));
        decisions.deletes.add(state.urn);
    }
    if (old.pendingReplacement !== true) {
        decisions.deletes.add(old.urn);
        steps.push(deletion(old, { replacing: true, keepsUntilReplaced: true }));
    }
    return steps;
}
