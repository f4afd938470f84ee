/** Updates the references to resources whose URN has changed. */

import type { ResourceState } from "./types";
import { parseProviderReference, providerReference } from "./urn";

/** A copy of the state that refers to every renamed resource by its new URN; `renamed` maps old URNs to new ones. */
export function renameReferences(state: ResourceState, renamed: ReadonlyMap<string, string>): ResourceState {
    const rename = (urn: string): string => renamed.get(urn) ?? urn;
    const updated: ResourceState = {
        ...state,
        dependencies: (state.dependencies ?? []).map(rename),
        replaceWith: (state.replaceWith ?? []).map(rename),
    };
    updated.propertyDependencies = Object.fromEntries(
        Object.entries(state.propertyDependencies ?? {}).map(([key, urns]) => [key, (urns ?? []).map(rename)]),
    );
    if (state.parent !== undefined) updated.parent = rename(state.parent);
    if (state.deletedWith !== undefined) updated.deletedWith = rename(state.deletedWith);
    if (state.provider !== undefined) {
        const { urn, id } = parseProviderReference(state.provider);
        updated.provider = providerReference(rename(urn), id);
    }
    return updated;
}
