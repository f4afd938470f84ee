/** Repairs a damaged state as Pulumi does: sorts its resources, and removes references to resources that are not in it. */

import { makeUrn, parseProviderReference, parseUrn, providerReference } from "../model/urn";
import { inDependencyOrder } from "../model/dependencyOrder";
import type { ResourceState } from "../model/types";
import { findDefects, referencesOf, type Reference } from "./integrity";

export interface Repair {
    resources: ResourceState[];
    /** Resources that now come before those that refer to them. */
    moved: ResourceState[];
    changes: ReferenceChange[];
    /** What is still wrong, and needs an edit by hand. */
    remaining: string[];
}

export interface ReferenceChange {
    before: ResourceState;
    /** Differs from the old URN if the parent, whose type it contains, is not in the state. */
    urn: string;
    removed: Reference[];
}

export function repairStates(states: readonly ResourceState[]): Repair {
    const irreparable = (remaining: string[]): Repair => ({
        resources: [...states],
        moved: [],
        changes: [],
        remaining,
    });
    if (states.some((state) => !state.urn)) return irreparable(findDefects(states));
    const { sorted, moved, cycle } = inDependencyOrder(states);
    if (cycle !== undefined) return irreparable([`${cycle} depends on itself, directly or through other resources`]);
    const { resources, changes } = removeDangling(sorted);
    return { resources, moved, changes, remaining: findDefects(resources) };
}

/** Expects sorted resources, so the new URN of a parent is known before its children. */
function removeDangling(states: readonly ResourceState[]): { resources: ResourceState[]; changes: ReferenceChange[] } {
    const newUrns = new Map<string, string>();
    const changes: ReferenceChange[] = [];
    const resources = states.map((state) => {
        const removed = referencesOf(state).filter(({ urn }) => !newUrns.has(urn));
        const parent = state.parent && newUrns.get(state.parent);
        const urn = parent === state.parent ? state.urn : urnBelow(parent, state);
        newUrns.set(state.urn, urn);
        if (urn !== state.urn || removed.length > 0) changes.push({ before: state, urn, removed });
        return withReferences(state, urn, newUrns);
    });
    return { resources, changes };
}

function urnBelow(parent: string | undefined, state: ResourceState): string {
    const { stack, project, type, name } = parseUrn(state.urn);
    return makeUrn(stack, project, parent, type, name);
}

/** The same object if nothing changes. */
function withReferences(state: ResourceState, urn: string, newUrns: ReadonlyMap<string, string>): ResourceState {
    const isKept = (other: string): boolean => newUrns.get(other) === other;
    const provider = state.provider === undefined ? undefined : parseProviderReference(state.provider);
    const isProviderKept = provider === undefined || (newUrns.get(provider.urn) ?? provider.urn) === provider.urn;
    if (urn === state.urn && isProviderKept && referencesOf(state).every((reference) => isKept(reference.urn))) {
        return state;
    }
    const { parent, dependencies, propertyDependencies, deletedWith, replaceWith, ...rest } = state;
    const update = (urns: readonly string[] | null | undefined): string[] =>
        (urns ?? []).flatMap((other) => newUrns.get(other) ?? []);
    const [newParent] = update(parent === undefined ? [] : [parent]);
    const [newDeletedWith] = update(deletedWith === undefined ? [] : [deletedWith]);
    const properties = Object.entries(propertyDependencies ?? {}).flatMap(([key, urns]) => {
        const kept = update(urns);
        return kept.length > 0 ? [[key, kept] as const] : [];
    });
    const newDependencies = update(dependencies);
    const newReplaceWith = update(replaceWith);
    return {
        ...rest,
        urn,
        ...(newParent !== undefined && { parent: newParent }),
        ...(newDependencies.length > 0 && { dependencies: newDependencies }),
        ...(properties.length > 0 && { propertyDependencies: Object.fromEntries(properties) }),
        ...(newDeletedWith !== undefined && { deletedWith: newDeletedWith }),
        ...(newReplaceWith.length > 0 && { replaceWith: newReplaceWith }),
        ...(provider && { provider: providerReference(newUrns.get(provider.urn) ?? provider.urn, provider.id) }),
    };
}
