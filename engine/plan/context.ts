/** What the parts of a plan share. */

import type { ResourceState } from "../model/types";
import type { Decisions } from "./decisions";
import type { RegisterResult, ResourceGoal } from "./goal";
import type { PriorState } from "./priorState";
import type { Providers, ResourceProvider } from "./provider";
import type { Reporter } from "./reporter";
import type { Targets } from "./targets/targets";

export interface PlanContext {
    stack: string;
    project: string;
    dryRun: boolean;
    prior: PriorState;
    decisions: Decisions;
    targets: Targets;
    providers: Providers;
    reporter: Reporter;
}

/** A resource that the program registers, before its steps are planned. */
export interface Registration {
    goal: ResourceGoal;
    old: ResourceState | undefined;
    state: ResourceState;
    provider: ResourceProvider | undefined;
    answer: (result: RegisterResult) => void;
}
