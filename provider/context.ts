/** The resource `Context`: its arguments and its class. */
import type { Input, Output, ID } from "@pulumi/pulumi";
import { contextDefinition } from "./definitions/context";
import { AgbResource, type AgbResourceOptions } from "./dynamic/resource";

/** Arguments for {@link Context}. */
export interface ContextArgs {
    /**
     * The name of the context, which is unique in the account. A change renames the context in place.
     *
     * @default the resource name with a random suffix
     */
    name?: Input<string>;
    /**
     * Take over an existing context of the same name instead of failing. An adopted context stays in the account when
     * the resource is destroyed.
     *
     * @default false
     */
    adopt?: Input<boolean>;
    /**
     * Delete the context along with its files. Otherwise, a context that holds files is not deleted.
     *
     * The value is read from the state, so run `pulumi up` after setting it and before `pulumi destroy`.
     *
     * @default false
     */
    forceDestroy?: Input<boolean>;
    /**
     * The region of the context. **A change replaces the context: the old one is deleted first, along with its files.**
     *
     * @default the region of the account
     */
    region?: Input<string>;
}

/**
 * Named storage that outlives sandboxes. A {@link Session} mounts a context as a folder. A context that holds files is
 * deleted only if `forceDestroy` is set.
 *
 * @throws The account already has a context of that name, and `adopt` is not set.
 * @throws On deletion: The context holds files, and `forceDestroy` is not set.
 * @example
 * const notes = new agb.Context("notes");
 *
 * @example
 * // Take over an existing context, and keep it when the stack is destroyed.
 * const models = new agb.Context("models", { name: "shared-models", adopt: true });
 */
export class Context extends AgbResource<Context, ContextArgs> {
    /** The name of the context in the account. */
    declare readonly name: Output<string>;
    /** The state that AGB reports; see {@link ContextState}. */
    declare readonly state: Output<string | undefined>;
    /** The time of creation, in the format of AGB. */
    declare readonly createTime: Output<string | undefined>;
    /** The time of the last mount, in the format of AGB. */
    declare readonly lastUsedTime: Output<string | undefined>;
    /** Whether the context existed before and was taken over. If so, it stays when the resource is destroyed. */
    declare readonly adopted: Output<boolean>;
    /** The configured value. */
    declare readonly adopt: Output<boolean>;
    /** The configured value. */
    declare readonly forceDestroy: Output<boolean>;
    /** The configured value. */
    declare readonly region: Output<string | undefined>;

    constructor(name: string, args: ContextArgs = {}, opts?: AgbResourceOptions) {
        super(contextDefinition, name, args, opts);
    }

    /**
     * Refers to an existing context without managing it.
     *
     * @throws The account has no context with that id.
     * @example
     * const shared = agb.Context.get("shared", "SdkCtx-04bcxd…");
     */
    static get(name: string, id: Input<ID>, opts?: AgbResourceOptions): Context {
        return new Context(name, {}, { ...opts, id });
    }
}
