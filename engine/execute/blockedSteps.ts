/** Separates the steps that can run from those that depend on failed ones. */

import { allDependenciesOf } from "../model/graph";
import { type Step, stateOf } from "../plan/steps";

export function splitBlocked(
    steps: readonly Step[],
    failedSteps: readonly Step[],
): { runnable: Step[]; blocked: Step[] } {
    const missing = new Set(failedSteps.map(({ urn }) => urn));
    const dependent = new Set<Step>();
    for (const step of steps) {
        if (step.kind === "delete" || !allDependenciesOf(stateOf(step)).some((urn) => missing.has(urn))) continue;
        missing.add(step.urn);
        dependent.add(step);
    }
    // A deletion before a replacement makes sense only if the replacement can be created.
    const isBlocked = (step: Step): boolean => dependent.has(step) || (step.kind === "delete" && dependent.size > 0);
    return { runnable: steps.filter((step) => !isBlocked(step)), blocked: steps.filter(isBlocked) };
}
