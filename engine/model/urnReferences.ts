/** Updates the URNs of renamed resources, and the references to them. */

import type { ResourceState } from "./types";
import { makeUrn, parseProviderReference, parseUrn, providerReference, STACK_TYPE } from "./urn";

/**
 * Maps old URNs to new ones: those that resources have as aliases, and those of the children of a renamed parent. A child
 * keeps its URN if another resource has the new one, such as an earlier child that is not deleted yet.
 */
export function renamedUrns(states: readonly ResourceState[]): Map<string, string> {
    const renamed = new Map<string, string>();
    let taken: Set<string> | undefined;
    for (const { urn, aliases = [], parent } of states) {
        for (const alias of aliases) renamed.set(alias, urn);
        const newParent = parent === undefined ? undefined : renamed.get(parent);
        if (newParent === undefined || parseUrn(newParent).qualifiedType === STACK_TYPE) continue;
        const { stack, project, type, name } = parseUrn(urn);
        const newUrn = makeUrn(stack, project, newParent, type, name);
        taken ??= new Set(states.map((state) => state.urn));
        if (!taken.has(newUrn)) renamed.set(urn, newUrn);
    }
    return renamed;
}

/** A copy of the state with its new URN, which refers to every renamed resource by its new URN. */
export function renameReferences(state: ResourceState, renamed: ReadonlyMap<string, string>): ResourceState {
    const rename = (urn: string): string => renamed.get(urn) ?? urn;
    const updated: ResourceState = {
        ...state,
        urn: rename(state.urn),
        dependencies: (state.dependencies ?? []).map(rename),
        replaceWith: (state.replaceWith ?? []).map(rename),
    };
    const properties = Object.entries(state.propertyDependencies ?? {});
    if (properties.some(([, urns]) => urns?.some((urn) => renamed.has(urn)))) {
        // Like Pulumi's state, then omits properties without dependencies.
        updated.propertyDependencies = Object.fromEntries(
            properties.flatMap(([key, urns]) => (urns?.length ? [[key, urns.map(rename)]] : [])),
        );
    }
    if (state.parent !== undefined) updated.parent = rename(state.parent);
    if (state.deletedWith !== undefined) updated.deletedWith = rename(state.deletedWith);
    if (state.provider !== undefined) {
        const { urn, id } = parseProviderReference(state.provider);
        updated.provider = providerReference(rename(urn), id);
    }
    return updated;
}
