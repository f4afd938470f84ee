/** The steps that a plan is made of. A step only says what to do; how is in `execute/`. */

import type { Operation } from "../model/events";
import type { ResourceState } from "../model/types";
import type { RegisterResult } from "./goal";

interface Common {
    operation: Operation;
    urn: string;
    /** Tells the program, where it waits for this step. */
    answer?: ((registered: RegisterResult) => void) | undefined;
    /** The properties that force a replacement. */
    replaceKeys?: string[];
    /** The properties that differ. */
    diffKeys?: string[];
}

/** Nothing is called; the state takes over what the program now says. */
export interface SameStep extends Common {
    kind: "same";
    old: ResourceState;
    new: ResourceState;
    /** Not among the targets: a provider of this kind is not started for it. */
    untargeted?: boolean;
}
/** A new resource that is not among the targets: left out of the state. */
export interface SkippedCreateStep extends Common {
    kind: "skippedCreate";
    old?: undefined;
    new: ResourceState;
}
export interface CreateStep extends Common {
    kind: "create";
    /** What it replaces. */
    old?: ResourceState | undefined;
    new: ResourceState;
    /** Created first: the old one is to be deleted at the end. */
    deletesLater: boolean;
}
export interface UpdateStep extends Common {
    kind: "update";
    old: ResourceState;
    new: ResourceState;
}
/** Stands in displays and counts for the whole of a replacement. */
export interface ReplaceStep extends Common {
    kind: "replace";
    old: ResourceState;
    new: ResourceState;
}
export interface DeleteStep extends Common {
    kind: "delete";
    old: ResourceState;
    new?: undefined;
    replacing: boolean;
    /** Deleted before its replacement is made: it stays in the state, marked, until then. */
    keepsUntilReplaced: boolean;
}
export interface ReadStep extends Common {
    kind: "read";
    old?: ResourceState | undefined;
    new: ResourceState;
    replacing: boolean;
}
export interface RefreshStep extends Common {
    kind: "refresh";
    old: ResourceState;
    /** Absent: it is gone. Set by the execution. */
    new?: ResourceState | undefined;
    result: "same" | "update" | "delete";
}
/** Takes over what exists already, by its id. */
export interface ImportStep extends Common {
    kind: "import";
    old?: ResourceState | undefined;
    new: ResourceState;
    id: string;
}
/** Drops what was deleted already, and whose replacement never came. */
export interface RemovePendingReplaceStep extends Common {
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

/** Counted in the summary, and shown as what happened to the resource. */
export const isLogical = (step: Step): boolean => {
    if (step.kind === "delete") return !step.replacing;
    if (step.kind === "create" || step.kind === "read") return step.operation === "create" || step.operation === "read";
    return step.kind !== "removePendingReplace";
};
export const stateOf = (step: Step): ResourceState => step.new ?? step.old;
