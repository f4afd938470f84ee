/** What a plan and its execution need of a provider, free of the protocol. */

import type { PropertyMap, ResourceState } from "../model/types";

export interface CheckFailure {
    property: string;
    reason: string;
}
export interface Diff {
    changes: boolean;
    replaceKeys: string[];
    changedKeys: string[];
    deleteBeforeReplace: boolean;
}
/** Outputs of what was made; with `initErrors` it exists but is not what it should be. */
export interface CreateResult {
    id: string;
    outputs: PropertyMap;
    initErrors?: string[] | undefined;
}
/** Without an id it does not exist. */
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
    /** Whether `news` differ from what is; values may be unknown. */
    diff(old: ResourceState, news: PropertyMap): Promise<Diff>;
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
    /** The provider of a resource, started and configured. For the entry of a provider itself: what manages such entries. */
    of(state: ResourceState): Promise<ResourceProvider>;
}
