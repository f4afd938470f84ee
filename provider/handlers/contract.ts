/** The contract between front ends and handlers: plain requests and results, without any type of Pulumi. */
import type { ResourceDefinition } from "../definitions/definition";
import type { Account } from "./account";
import type { CommonInputs } from "./origin";

/** A value that is only known when the deployment runs. Front ends translate it to and from its wire form. */
export const unknown: unique symbol = Symbol("unknown");

/** A file, a text or an archive that the program gives as an asset. An asset from a stored state has only a hash. */
export class Asset {
    constructor(
        readonly kind: "asset" | "archive",
        readonly content: Readonly<{ hash?: string; path?: string; text?: string; uri?: string; assets?: unknown }>,
    ) {}
}

/** A value that may be unknown in part, as in a preview. */
export type MaybeUnknown<T> =
    typeof unknown | (T extends Asset ? T : T extends object ? { [Key in keyof T]: MaybeUnknown<T[Key]> } : T);

/** Inputs whose values may be unknown, except those that the front end adds. */
export type MaybeUnknownFields<T> = { [Key in keyof T]: Key extends `__${string}` ? T[Key] : MaybeUnknown<T[Key]> };

export interface Failure {
    /** The path of the input, such as `contextSyncs[1].path`, or empty if the reason is complete without it. */
    property: string;
    reason: string;
}

export interface CheckResult {
    inputs: Record<string, unknown>;
    failures: Failure[];
    /** Valid inputs that may do harm. */
    warnings?: string[];
}

export interface Diff {
    changes: boolean;
    /** The properties that require a replacement. */
    replaces: string[];
    deleteBeforeReplace: boolean;
}

/** The keys of a resource, without those that the front end or the handlers add. */
type OwnKey<T> = Exclude<keyof T & string, `__${string}`>;

/**
 * The handlers of one resource. `Expected` are the outputs that `check` adds to the inputs, and `Checked` is a promise if
 * `check` does I/O. Forgetting an input or an output in `definition` is a compile error.
 */
export interface Handlers<
    Inputs extends CommonInputs,
    State extends Inputs,
    Checked extends CheckResult | Promise<CheckResult> = CheckResult,
    Expected extends string = never,
> {
    definition: ResourceDefinition<
        Exclude<OwnKey<Inputs>, Expected>,
        Exclude<OwnKey<State>, Exclude<OwnKey<Inputs>, Expected>>
    >;
    /** Validates inputs and fills in defaults. `olds` are the last inputs, empty for a new resource. */
    check(request: { olds: Record<string, unknown>; news: Record<string, unknown> }): Checked;
    diff(request: { id: string; state: State; inputs: Inputs; account: Account }): Promise<Diff> | Diff;
    create(request: { inputs: Inputs; account: Account }): Promise<{ id: string; state: State }>;
    /**
     * Returns `undefined` if the resource is gone. Without `inputs` in the result, the inputs stay as they are. For a `get`,
     * `state` holds only what the program gave.
     */
    read(request: {
        id: string;
        state: Partial<State>;
        account: Account;
    }): Promise<{ state: State; inputs?: Inputs } | undefined>;
    update(request: { id: string; state: State; inputs: Inputs; account: Account }): Promise<{ state: State }>;
    delete(request: { id: string; state: State; account: Account }): Promise<void>;
}

/** The resource exists but is not ready. The state must keep it, and the next deployment repairs it. */
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
