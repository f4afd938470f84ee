/** Plans a replacement: create the new resource and delete the old one at the end, or delete the old one first with its dependents. */

import { commandLine } from "../../common/commandLine";
import type { ResourceState } from "../model/types";
import { checkInputs } from "./check";
import type { Diff } from "./comparison";
import type { PlanContext, Registration } from "./context";
import { deleteStep } from "./deletions";
import { dependentReplacements, replacedTogether } from "./dependents";
import { AlreadyReported } from "./errors";
import type { CreateStep, DeleteStep, ReplaceStep, Step } from "./steps";

export async function planReplacement(
    registration: Registration,
    old: ResourceState,
    diff: Diff,
    context: PlanContext,
): Promise<Step[]> {
    const { goal, state, provider, answer } = registration;
    const { decisions, reporter, targets } = context;
    const { urn } = state;
    assertReplaceable(registration, old, context);
    decisions.record("replace", urn);
    // The inputs were checked with defaults from the old resource; a new resource starts without them.
    if (!targets.mustReplace(urn, old) && !(await checkInputs(state, provider, undefined, goal.properties, reporter))) {
        throw new AlreadyReported(`resource ${urn} has check errors`);
    }

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
    const deletesFirst = goal.deleteBeforeReplace ?? diff.deleteBeforeReplace;
    if (!deletesFirst) return [create, replace];
    return [...(await planDeletionFirst(old, urn, context)), replace, { ...create, deletesLater: false }];
}

/** A preview reports the problem and continues. */
function assertReplaceable({ goal, state }: Registration, old: ResourceState, context: PlanContext): void {
    const { decisions, reporter, dryRun } = context;
    const { urn } = state;
    if (state.protect === true && old.protect === true) {
        reporter.error(
            urn,
            `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`${commandLine("up")}\``,
        );
        if (!dryRun) throw new AlreadyReported("protected");
        decisions.recordError();
    }
    if (goal.importId !== undefined) {
        const message =
            "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program";
        if (!dryRun) throw new Error(message);
        reporter.warning(urn, message);
    }
}

/** Deletes the dependents, then the resource itself unless it has already been deleted. */
async function planDeletionFirst(old: ResourceState, urn: string, context: PlanContext): Promise<DeleteStep[]> {
    const { prior, decisions, reporter } = context;
    const dependents = prior.graph.has(old) ? await dependentReplacements(old, context) : [];
    const steps: DeleteStep[] = [];
    for (const { state, replaceKeys } of [...dependents, ...replacedTogether(urn, context)].reverse()) {
        if (decisions.isDeletedBeforeReplace(state)) continue;
        decisions.recordDeleteBeforeReplace(state, replaceKeys);
        if (state.delete === true) {
            // It was only waiting to be deleted. Its successor need not depend on this resource.
            steps.push(deleteStep(state, { replacing: false }));
            continue;
        }
        if (state.protect === true) {
            reporter.error(
                urn,
                `unable to replace resource "${state.urn}" as part of replacing "${urn}" as it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`${commandLine("up")}\`, or use the command:\n\`${commandLine(`state unprotect '${state.urn}'`)}\``,
            );
            throw new AlreadyReported("protected");
        }
        steps.push(deleteStep(state, { replacing: true, keepsUntilReplaced: true }));
        decisions.recordDelete(state.urn);
    }
    if (old.pendingReplacement !== true) {
        decisions.recordDelete(old.urn);
        steps.push(deleteStep(old, { replacing: true, keepsUntilReplaced: true }));
    }
    return steps;
}
