/** Deletes what the program no longer registers, level by level. */

import type { ResourceState } from "../model/types";
import type { PlanContext } from "../plan/context";
import { planDeletions } from "../plan/deletions";
import { stateOf } from "../plan/steps";
import type { Executor } from "./executor";

/** Keeps what a resource needs whose own deletion failed. `unfinished` receives the URNs, and loses those that are done. */
export async function runDeletions(context: PlanContext, executor: Executor, unfinished: Set<string>): Promise<void> {
    const { sames, levels } = planDeletions(context);
    for (const same of sames) await (await executor.submit([same])).finished;
    for (const { urn } of levels.flat()) unfinished.add(urn);
    const needed = new Set<ResourceState>();
    for (const level of levels) {
        for (const step of executor.failedSteps) {
            for (const state of context.prior.graph.neededBy(step.old ?? stateOf(step))) needed.add(state);
        }
        await executor.runAll(
            level.filter((step) => !needed.has(step.old)),
            (step) => unfinished.delete(step.urn),
        );
    }
}
