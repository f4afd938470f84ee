/** What a deployment with targets does about the rest: it stays, and nothing may depend on what was left out. */

import type { ResourceState } from "../model/types";
import { AlreadyReported } from "./errors";
import { allDependenciesOf } from "../model/graph";
import type { PlanContext } from "./planner";
import type { SameStep, Step } from "./steps";

/** Steps that keep what the state depends on and the program no longer registers, so that it comes before it in the state. */
export function untargetedSames(state: ResourceState, { base, decisions, selection }: PlanContext): SameStep[] {
    if (!selection.targets.isConstrained && !selection.excludes.isConstrained) return [];
    const steps: SameStep[] = [];
    const visit = (urn: string): void => {
        const old = base.current.get(urn);
        const seen = decisions.hasStep(urn) || decisions.isKept(urn) || decisions.claimed.has(urn);
        if (old === undefined || seen) return;
        decisions.claimed.add(urn);
        decisions.sames.add(urn);
        for (const dependency of allDependenciesOf(old)) visit(dependency);
        steps.push({ kind: "same", operation: "same", urn, old, new: { ...old }, untargeted: true });
    };
    for (const dependency of allDependenciesOf(state)) visit(dependency);
    return steps;
}

/** Refuses steps that need a resource whose creation was left out because it is no target. */
export function refuseSkippedDependencies(
    steps: Step[],
    { decisions, selection, report, dryRun }: PlanContext,
): Step[] {
    if (!selection.targets.isConstrained && !selection.replace.isConstrained) return steps;
    for (const step of steps) {
        if (step.new === undefined || step.kind === "skippedCreate") continue;
        for (const urn of new Set(allDependenciesOf(step.new))) {
            if (!decisions.skippedCreates.has(urn)) continue;
            // The double "was" is Pulumi's.
            report.error(
                step.urn,
                `Resource '${step.urn}' depends on '${urn}' which was was not specified in --target list.`,
            );
            decisions.failed = true;
            if (!dryRun) throw new AlreadyReported("untargeted create");
            decisions.skippedCreates.delete(urn);
        }
    }
    return steps;
}
