/** The state that a deployment starts from, or that its refresh results in. */

import { Graph } from "../model/graph";
import type { ResourceState } from "../model/types";

export class PriorState {
    /** Maps URNs to states, without those that are only waiting to be deleted. */
    readonly current = new Map<string, ResourceState>();
    readonly urns: ReadonlySet<string>;
    readonly graph: Graph;

    constructor(readonly resources: readonly ResourceState[]) {
        this.urns = new Set(resources.map((state) => state.urn));
        for (const state of resources) if (state.delete !== true) this.current.set(state.urn, state);
        this.graph = new Graph(resources);
    }
}
