/** The steps of a plan. A step says what to do; `execute/` knows how. */

import type { Operation } from "../model/events";
import type { ResourceState } from "../model/types";
import type { RegisterResult } from "./goal";

interface BaseStep {
    operation: Operation;
    urn: string;
    /** Responds to the program if it waits for this step. */
    answer?: ((result: RegisterResult) => void) | undefined;
    /** The properties that force a replacement. */
    replaceKeys?: string[];
    /** The properties that differ. */
    diffKeys?: string[];
}

/** Calls no provider; the state records what the program now declares. */
export interface SameStep extends BaseStep {
    kind: "same";
    old: ResourceState;
    new: ResourceState;
    /** The resource is not among the targets; a provider resource is not started then. */
    untargeted?: boolean;
}
/** A new resource that is not among the targets; it does not enter the state. */
export interface SkippedCreateStep extends BaseStep {
    kind: "skippedCreate";
    old?: undefined;
    new: ResourceState;
}
export interface CreateStep extends BaseStep {
    kind: "create";
    /** The resource that it replaces. */
    old?: ResourceState | undefined;
    new: ResourceState;
    /** The old resource is deleted at the end of the deployment. */
    deletesLater: boolean;
}
export interface UpdateStep extends BaseStep {
    kind: "update";
    old: ResourceState;
    new: ResourceState;
}
/** Represents the whole replacement in the display and the counts. */
export interface ReplaceStep extends BaseStep {
    kind: "replace";
    old: ResourceState;
    new: ResourceState;
}
export interface DeleteStep extends BaseStep {
    kind: "delete";
    old: ResourceState;
    new?: undefined;
    replacing: boolean;
    /** After the deletion, the state stays, marked as `pendingReplacement`, until the replacement is created. */
    keepsUntilReplaced: boolean;
}
export interface ReadStep extends BaseStep {
    kind: "read";
    old?: ResourceState | undefined;
    new: ResourceState;
    replacing: boolean;
}
export interface RefreshStep extends BaseStep {
    kind: "refresh";
    old: ResourceState;
    /** Set when the step runs; undefined if the resource no longer exists. */
    new?: ResourceState | undefined;
    result: "same" | "update" | "delete";
}
/** Imports an existing resource by its id. */
export interface ImportStep extends BaseStep {
    kind: "import";
    old?: ResourceState | undefined;
    new: ResourceState;
    id: string;
}
/** Removes the state of a resource that was deleted and whose replacement was never created. */
export interface RemovePendingReplaceStep extends BaseStep {
    kind: "removePendingReplace";
    old: ResourceState;
    new?: undefined;
}

export type Step =
    | SameStep
    | SkippedCreateStep
    | CreateStep
    | UpdateStep
    | ReplaceStep
    | DeleteStep
    | ReadStep
    | RefreshStep
    | ImportStep
    | RemovePendingReplaceStep;

/** Whether the step represents what happens to its resource, and so counts in the summary. */
export const isLogical = (step: Step): boolean => {
    if (step.kind === "delete") return !step.replacing;
    if (step.kind === "create" || step.kind === "read") return step.operation === "create" || step.operation === "read";
    return step.kind !== "removePendingReplace";
};
export const stateOf = (step: Step): ResourceState => step.new ?? step.old;
