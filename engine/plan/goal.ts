/** What the program asks for, independent of the protocol. */

import type { PropertyMap, PropertyValue, ResourceState } from "../model/types";

/** A former name of a resource: a whole URN, or the parts that were different. */
export type Alias =
    | { urn: string }
    | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

/** The desired state of a resource. */
export interface ResourceGoal {
    type: string;
    name: string;
    /** False for components, which no provider manages. */
    custom: boolean;
    properties: PropertyMap;
    parent?: string | undefined;
    dependencies: string[];
    propertyDependencies: Record<string, string[]>;
    /** `URN::ID`; absent for components and providers. */
    provider?: string | undefined;
    protect?: boolean | undefined;
    retainOnDelete?: boolean | undefined;
    deleteBeforeReplace?: boolean | undefined;
    deletedWith?: string | undefined;
    replaceWith: string[];
    replacementTrigger?: PropertyValue | undefined;
    ignoreChanges: string[];
    replaceOnChanges: string[];
    additionalSecretOutputs: string[];
    aliases: Alias[];
    /** The id of an existing resource to import. */
    importId?: string | undefined;
    customTimeouts?: ResourceState["customTimeouts"];
    hideDiff: string[];
    sourcePosition?: string | undefined;
    stackTrace?: unknown[] | undefined;
}

/** The goal of a resource that sets no option and depends on nothing. */
export const NO_OPTIONS = {
    dependencies: [],
    propertyDependencies: {},
    replaceWith: [],
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    hideDiff: [],
} satisfies Partial<ResourceGoal>;

/** An existing resource to read by its id. */
export interface ReadGoal {
    type: string;
    name: string;
    id: string;
    properties: PropertyMap;
    parent?: string | undefined;
    dependencies: string[];
    provider: string;
    additionalSecretOutputs: string[];
    sourcePosition?: string | undefined;
    stackTrace?: unknown[] | undefined;
}

/** The response to a registration or a read. */
export interface RegisterResult {
    result: "success" | "failed" | "skipped";
    urn: string;
    id: string | undefined;
    outputs: PropertyMap;
    /** The creation was skipped, so no outputs are known. */
    unknown?: boolean | undefined;
}
