/** What every resource's inputs carry in addition to its own: where it was declared, and its timeouts. */

/** Where a resource was declared. */
export interface Origin {
    project: string;
    stack: string;
    name: string;
    /** Names of the components around it, outermost first. */
    parents: string[];
    /** The URN. States of earlier releases and of `pulumi import` lack it. */
    urn?: string | undefined;
    /** The files, folders, sessions and syncs that it depends on directly, in the form of {@link forceDestroyName}. */
    after?: string[] | undefined;
}

/** Added by the front end. Keys that start with two underscores are hidden in diffs. */
export interface CommonInputs {
    __origin?: Origin | undefined;
    /** The option `customTimeouts`: durations such as `5m`. */
    __timeouts?: { [Operation in "create" | "update" | "delete"]?: string | undefined } | undefined;
    /** Whether the resource has the option `protect`, with which the engine refuses to replace it. */
    __protected?: boolean | undefined;
}

/** How messages name a resource: `Session "dev"`. */
export function displayName(type: string, { __origin }: CommonInputs): string {
    return `${type} "${__origin?.name ?? "?"}"`;
}

/** What forces the deletion of exactly this resource. Resources in different components may share a type and a name. */
export function forceDestroyName(type: string, { name, parents, urn }: Origin): string {
    return parents.length > 0 && urn !== undefined ? urn : `${type}:${name}`;
}
