/** What the engine needs of the process that serves dynamic resources. */

import type { ResourceProvider } from "../plan/provider";
import type { PropertyMap } from "../model/types";

/** The provider resource that a server is configured for. */
export interface ProviderEntry {
    urn: string;
    id: string;
    name: string;
    type: string;
    inputs: PropertyMap;
}

/** Serves resources for the duration of a deployment. */
export interface ProviderServer {
    configure(entry: ProviderEntry): Promise<ResourceProvider>;
    /** Call only when no operation is running. */
    end(): Promise<void>;
}

/** The provider exited during a call, so the outcome of the operation is unknown. */
export class ProviderGone extends Error {}
