/** Plans for resources that take no part in a deployment: they keep their state, and nothing may depend on a skipped creation. */

import { allDependenciesOf, providerUrnOf } from "../../model/graph";
import type { ResourceState } from "../../model/types";
import type { PlanContext } from "../context";
import type { Decisions } from "../decisions";
import { AlreadyReported } from "../errors";
import type { SameStep, Step } from "../steps";

/** A step that keeps the old state as it is. */
export const keep = (old: ResourceState): SameStep => ({
    kind: "same",
    operation: "same",
    urn: old.urn,
    old,
    new: { ...old },
    untargeted: true,
});

/** Keeps dependencies that the program no longer registers, so that they precede the resource in the state. */
export function keepDependencies(state: ResourceState, { prior, decisions, targets }: PlanContext): SameStep[] {
    if (!targets.isPartial) return [];
    const steps: SameStep[] = [];
    const visit = (urn: string): void => {
        const old = prior.current.get(urn);
        const isDone = decisions.hasStep(urn) || decisions.isKept(urn) || decisions.isRegistered(urn);
        if (old === undefined || isDone) return;
        decisions.recordRegistration(urn);
        decisions.record("same", urn);
        for (const dependency of allDependenciesOf(old)) visit(dependency);
        steps.push(keep(old));
    };
    for (const dependency of allDependenciesOf(state)) visit(dependency);
    return steps;
}

/** Rejects an untargeted resource whose provider is no longer in the program: no target may change the provider of another resource. */
export function rejectMissingProvider(old: ResourceState, urn: string, decisions: Decisions): void {
    const provider = providerUrnOf(old);
    if (provider === undefined || decisions.isRegistered(decisions.newUrnOf(provider) ?? provider)) return;
    throw new Error(
        `provider ${old.provider} for resource ${urn} has not been registered yet, this is due to a change of providers mixed with --target. Change your program back to the original providers`,
    );
}

/** Rejects steps that need a resource whose creation was skipped, which would be missing in the state. */
export function rejectSkippedDependencies(steps: readonly Step[], context: PlanContext): void {
    const { decisions, targets, reporter, dryRun } = context;
    for (const step of steps) {
        if (step.new === undefined || step.kind === "skippedCreate") continue;
        for (const urn of new Set(allDependenciesOf(step.new))) {
            if (!decisions.isCreateSkipped(urn)) continue;
            // The repeated "was" is part of Pulumi's message.
            const reason = targets.excludes(urn)
                ? "is excluded with --exclude"
                : "was was not specified in --target list";
            reporter.error(step.urn, `Resource '${step.urn}' depends on '${urn}' which ${reason}.`);
            decisions.recordError();
            if (!dryRun) throw new AlreadyReported("dependency on a skipped creation");
            decisions.forgetSkippedCreate(urn);
        }
    }
}
