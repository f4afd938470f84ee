/** What the program asks for, free of the protocol it asked in. */

import type { PropertyMap, PropertyValue, ResourceState } from "../model/types";

/** What a resource was called before: a whole URN, or what was different then. */
export type Alias =
    | { urn: string }
    | { name?: string; type?: string; stack?: string; project?: string; parent?: string; noParent?: boolean };

/** A resource as it shall be. */
export interface ResourceGoal {
    type: string;
    name: string;
    /** Managed by a provider; a component is not. */
    custom: boolean;
    properties: PropertyMap;
    parent?: string | undefined;
    dependencies: string[];
    propertyDependencies: Record<string, string[]>;
    /** `URN::ID`, absent for components and providers. */
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
    /** The id of something that exists already and shall be taken over. */
    importId?: string | undefined;
    customTimeouts?: ResourceState["customTimeouts"];
    hideDiff: string[];
    sourcePosition?: string | undefined;
    stackTrace?: unknown[] | undefined;
}

/** A resource that exists elsewhere, to be read by its id. */
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

/** What the program is answered. */
export interface RegisterResult {
    result: "success" | "failed" | "skipped";
    urn: string;
    id: string | undefined;
    outputs: PropertyMap;
    /** Its creation was left out, so that nothing of it is known. */
    unknown?: boolean | undefined;
}
