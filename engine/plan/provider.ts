/** What planning and execution need of a provider, independent of the protocol. */

import type { PropertyMap, ResourceState } from "../model/types";

export interface CheckFailure {
    property: string;
    reason: string;
}
export interface ProviderDiff {
    /** "unknown" leaves the comparison to the engine. */
    changes: boolean | "unknown";
    replaceKeys: string[];
    changedKeys: string[];
    deleteBeforeReplace: boolean;
}
/** With `initErrors`, the resource exists but was not initialized completely. */
export interface CreateResult {
    id: string;
    outputs: PropertyMap;
    initErrors?: string[] | undefined;
}
/** An empty id means that the resource does not exist. */
export interface ReadResult {
    id: string;
    outputs: PropertyMap;
    inputs?: PropertyMap | undefined;
}

export interface ResourceProvider {
    check(
        urn: string,
        olds: PropertyMap | undefined,
        news: PropertyMap,
    ): Promise<{ inputs: PropertyMap; failures: CheckFailure[] }>;
    /** Compares the old state with new inputs, which may contain unknown values. */
    diff(old: ResourceState, news: PropertyMap): Promise<ProviderDiff>;
    create(state: ResourceState): Promise<CreateResult>;
    update(old: ResourceState, state: ResourceState): Promise<CreateResult>;
    read(
        urn: string,
        id: string,
        outputs: PropertyMap | undefined,
        inputs: PropertyMap | undefined,
    ): Promise<ReadResult>;
    delete(state: ResourceState): Promise<void>;
}

export interface Providers {
    /** The provider that manages the resource, started and configured. Provider resources have a built-in one. */
    of(state: ResourceState): Promise<ResourceProvider>;
}
