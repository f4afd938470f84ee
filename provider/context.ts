import type { Input, Output, CustomResourceOptions, ID } from "@pulumi/pulumi";
import { contextDefinition } from "./definitions/context";
import { AgbResource } from "./dynamic/resource";

/** What a {@link Context} is to be. */
export interface ContextArgs {
    /**
     * The context's name in the account. A change renames it in place.
     *
     * @default the resource's name and a random suffix
     */
    name?: Input<string>;
    /**
     * Take over a context of that name where the account has one already, instead of failing. An adopted context is
     * left in the account when the resource is destroyed.
     *
     * @default false
     */
    adopt?: Input<boolean>;
    /**
     * Delete the context with the files that it holds. Without it a context that holds files is not deleted.
     *
     * It is read from the state: set it and run `pulumi up` before `pulumi destroy`.
     *
     * @default false
     */
    forceDestroy?: Input<boolean>;
    /**
     * The region in which the context lives. **A change replaces the context: it is deleted first, with its files.**
     *
     * @default the account's
     */
    region?: Input<string>;
}

/**
 * A context: named storage that outlives sandboxes. A {@link Session} mounts it as a folder.
 *
 * @example
 * const notes = new agb.Context("notes");
 *
 * @example
 * // Take over a context that exists, and leave it when the stack is destroyed.
 * const models = new agb.Context("models", { name: "shared-models", adopt: true });
 */
export class Context extends AgbResource<Context, ContextArgs> {
    /** The context's name in the account. */
    declare readonly name: Output<string>;
    /** What AGB says of it, see {@link ContextState}. */
    declare readonly state: Output<string | undefined>;
    /** When it was made, as AGB writes it. */
    declare readonly createTime: Output<string | undefined>;
    /** When it was last mounted, as AGB writes it. */
    declare readonly lastUsedTime: Output<string | undefined>;
    /** Whether it was there already and was taken over; then it stays when the resource is destroyed. */
    declare readonly adopted: Output<boolean>;
    /** As given. */
    declare readonly adopt: Output<boolean>;
    /** As given. */
    declare readonly forceDestroy: Output<boolean>;
    /** As given. */
    declare readonly region: Output<string | undefined>;

    /**
     * Creates a context, or takes one over.
     *
     * @param name The resource's name in the program.
     * @throws The account has a context of that name already, and `adopt` is not set.
     * @throws On deletion: it holds files, and `forceDestroy` is not set.
     */
    constructor(name: string, args: ContextArgs = {}, opts?: CustomResourceOptions) {
        super(contextDefinition, name, args, opts);
    }

    /**
     * Refers to a context that exists, without managing it.
     *
     * @throws The account has no context with that id.
     * @example
     * const shared = agb.Context.get("shared", "SdkCtx-04bcxd…");
     */
    static get(name: string, id: Input<ID>, opts?: CustomResourceOptions): Context {
        return new Context(name, {}, { ...opts, id });
    }
}
