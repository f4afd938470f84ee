/** What the SDK keeps in a resource but does not declare. */
import type { Resource } from "@pulumi/pulumi";

export interface ResourceInternals {
    __name: string;
    __pulumiType: string;
    __protect?: boolean;
    /** Those of its parents included. */
    __transformations?: unknown[];
    __parentResource?: Resource;
    /** Resolves when the constructor of a component has finished. */
    __data?: Promise<unknown>;
    __childResources?: Set<Resource>;
}

export const internalsOf = (resource: Resource): ResourceInternals => resource as unknown as ResourceInternals;

/** The resource and those around it, outermost first. */
export function lineage(resource: Resource | undefined): Resource[] {
    return resource ? [...lineage(internalsOf(resource).__parentResource), resource] : [];
}
