/** What refers to a resource, when that gets another name. */
import type { ResourceState } from "../model/types";
import { parseProviderReference, providerReference } from "../model/urn";

/** The state with new names in all its references; `renamed` has the new URN by the old one. */
export function withNewNames(state: ResourceState, renamed: ReadonlyMap<string, string>): ResourceState {
    const now = (urn: string): string => renamed.get(urn) ?? urn;
    const changed: ResourceState = {
        ...state,
        dependencies: (state.dependencies ?? []).map(now),
        replaceWith: (state.replaceWith ?? []).map(now),
    };
    changed.propertyDependencies = Object.fromEntries(
        Object.entries(state.propertyDependencies ?? {}).map(([key, urns]) => [key, (urns ?? []).map(now)]),
    );
    if (state.parent !== undefined) changed.parent = now(state.parent);
    if (state.deletedWith !== undefined) changed.deletedWith = now(state.deletedWith);
    if (state.provider !== undefined) {
        const { urn, id } = parseProviderReference(state.provider);
        changed.provider = providerReference(now(urn), id);
    }
    return changed;
}
