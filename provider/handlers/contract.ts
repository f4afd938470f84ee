/** What every resource's handlers are asked, and what they answer. They know no types of Pulumi, so that every front end can call them. */
import type { Account } from "./account";

/** A value that will be known only when the deployment runs. Its wire form is the front end's business. */
export const unknown: unique symbol = Symbol("unknown");

/** Where a resource was declared. */
export interface Origin {
    project: string;
    stack: string;
    name: string;
    /** Names of the components around it, outermost first. */
    parents: string[];
}

/** What every resource's inputs carry besides its own. Keys with two underscores stay out of diffs that people see. */
export interface CommonInputs {
    __origin?: Origin | undefined;
    __timeouts?: Partial<Record<"create" | "update" | "delete", string>> | undefined;
}

export interface Failure {
    /** The path of the input: `contextSyncs[1].path`. */
    property: string;
    reason: string;
}

export interface CheckResult {
    inputs: Record<string, unknown>;
    failures: Failure[];
    /** What is valid, but may do harm. */
    warnings?: string[];
}

export interface Diff {
    changes: boolean;
    /** The properties for whose sake the resource must be replaced. */
    replaces: string[];
    deleteBeforeReplace: boolean;
}

/** `Checked` is a promise where a check has to look at more than the values. */
export interface Handlers<
    Inputs,
    State extends Inputs,
    Checked extends CheckResult | Promise<CheckResult> = CheckResult,
> {
    /** Validates inputs and fills in defaults. `olds` are the last inputs, empty for a new resource. */
    check(request: { olds: Record<string, unknown>; news: Record<string, unknown> }): Checked;
    diff(request: { id: string; state: State; inputs: Inputs; account: Account }): Promise<Diff> | Diff;
    create(request: { inputs: Inputs; account: Account }): Promise<{ id: string; state: State }>;
    /** `undefined`: it is gone. Without inputs in the answer they are as they were. For a `get` the state is what the program gave. */
    read(request: {
        id: string;
        state: Partial<State>;
        account: Account;
    }): Promise<{ state: State; inputs?: Inputs } | undefined>;
    update(request: { id: string; state: State; inputs: Inputs; account: Account }): Promise<{ state: State }>;
    delete(request: { id: string; state: State; account: Account }): Promise<void>;
}

/** The resource exists, but is not what was asked for; the state must keep it, and the next deployment repairs it. */
export class PartialFailure extends Error {
    override readonly name = "PartialFailure";
    constructor(
        readonly id: string,
        readonly state: object,
        reason: string,
    ) {
        super(reason);
    }
}

/** How messages name a resource: `Session "dev"`. */
export function displayName(kind: string, inputs: CommonInputs, id?: string): string {
    return `${kind} "${inputs.__origin?.name ?? id ?? "?"}"`;
}
