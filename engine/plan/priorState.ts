/** The state that a deployment begins with; a refresh puts another one in its place. */

import type { ResourceState } from "../model/types";
import { Graph } from "../model/graph";

export class PriorState {
    /** By URN, without what only waits for its deletion. */
    readonly current = new Map<string, ResourceState>();
    readonly urns: ReadonlySet<string>;
    readonly graph: Graph;

    constructor(readonly resources: readonly ResourceState[]) {
        this.urns = new Set(resources.map((state) => state.urn));
        for (const state of resources) if (state.delete !== true) this.current.set(state.urn, state);
        this.graph = new Graph(resources);
    }
}
