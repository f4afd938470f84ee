/**
 * Whether a state is intact, by the rules of Pulumi: a resource comes after everything that it refers to, and only one of
 * the resources with the same URN is not pending deletion.
 */

import { UNKNOWN, type ResourceState } from "../model/types";
import { isProviderType, parseProviderReference, providerReference } from "../model/urn";

/** A reference of a resource to another one, except to its provider. */
export interface Reference {
    kind: "parent" | "dependency" | "propertyDependency" | "deletedWith" | "replaceWith";
    urn: string;
    /** Of a `propertyDependency`. */
    property?: string;
}

const RELATION: Record<Reference["kind"], string> = {
    parent: "is a child of",
    dependency: "depends on",
    propertyDependency: "depends on",
    deletedWith: "is deleted with",
    replaceWith: "is replaced with",
};

/** Describes every defect of a state, in the order of its resources; takes linear time. */
export function findDefects(resources: readonly ResourceState[]): string[] {
    const defects: string[] = [];
    const all = new Set(resources.map(({ urn }) => urn));
    const current = new Set<string>();
    const before = new Set<string>();
    const problem = (urn: string): string => (all.has(urn) ? "which comes after it" : "which is not in the state");
    for (const [index, state] of resources.entries()) {
        const { urn } = state;
        const own = defectOf(state);
        if (own !== undefined) defects.push(urn ? `${urn} ${own}` : `the resource at position ${index + 1} ${own}`);
        if (state.delete !== true) {
            if (current.has(urn)) defects.push(`${urn} is in the state more than once`);
            current.add(urn);
        }
        for (const reference of referencesOf(state)) {
            if (before.has(reference.urn)) continue;
            defects.push(`${urn} ${RELATION[reference.kind]} ${reference.urn}, ${problem(reference.urn)}`);
        }
        const provider = neededProvider(state);
        if (provider !== undefined && !before.has(provider)) {
            defects.push(`${urn} has the provider ${provider}, ${problem(parseProviderReference(provider).urn)}`);
        }
        for (const key of keysOf(state)) before.add(key);
    }
    return defects;
}

/** What is wrong with a resource by itself. */
export function defectOf({ urn, type, custom, id }: ResourceState): string | undefined {
    if (!urn) return "has no URN";
    if (!type) return "has no type";
    if (!custom && id) return "has an id, although it is a component";
    return undefined;
}

export function referencesOf(state: ResourceState): Reference[] {
    const references: Reference[] = [];
    const add = (kind: Reference["kind"], urn: string | undefined, property?: string): void => {
        if (urn) references.push(property === undefined ? { kind, urn } : { kind, urn, property });
    };
    add("parent", state.parent);
    for (const urn of state.dependencies ?? []) add("dependency", urn);
    for (const [property, urns] of Object.entries(state.propertyDependencies ?? {})) {
        for (const urn of urns ?? []) add("propertyDependency", urn, property);
    }
    add("deletedWith", state.deletedWith);
    for (const urn of state.replaceWith ?? []) add("replaceWith", urn);
    return references;
}

/** The provider that must come first. One that was replaced may be gone before the resource is replaced, too. */
export const neededProvider = ({ provider, pendingReplacement }: ResourceState): string | undefined =>
    provider && pendingReplacement !== true ? provider : undefined;

/** What other resources may refer to: the URN, and for a provider also `URN::ID`. */
export const keysOf = ({ urn, type, id }: ResourceState): string[] =>
    type && isProviderType(type) ? [urn, providerReference(urn, id || UNKNOWN)] : [urn];
