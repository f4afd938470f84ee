/** Puts resources in the order of a state, in which every resource comes after its dependencies. */

import { allDependenciesOf } from "./graph";
import type { ResourceState } from "./types";

/** Resources, each after what it depends on, otherwise in the old order. Without a `cycle`, nothing is missing in `sorted`. */
export function inDependencyOrder(states: readonly ResourceState[]): {
    sorted: ResourceState[];
    moved: ResourceState[];
    cycle?: string;
} {
    const find = finder(states);
    const sorted = new Set<ResourceState>();
    const moved: ResourceState[] = [];
    const dependencies = (state: ResourceState): Iterator<ResourceState> =>
        allDependenciesOf(state)
            .flatMap((urn) => find(urn, state) ?? [])
            .values();
    for (const first of states) {
        const path = sorted.has(first) ? [] : [{ state: first, rest: dependencies(first) }];
        const onPath = new Set([first]);
        for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
            const next = top.rest.next();
            if (next.done === true) {
                sorted.add(top.state);
                if (top.state !== first) moved.push(top.state);
                onPath.delete(top.state);
                path.pop();
            } else if (onPath.has(next.value)) {
                return { sorted: [], moved: [], cycle: next.value.urn };
            } else if (!sorted.has(next.value)) {
                onPath.add(next.value);
                path.push({ state: next.value, rest: dependencies(next.value) });
            }
        }
    }
    return { sorted: [...sorted], moved };
}

/**
 * Finds the resource that a reference means. While a resource is replaced, two have its URN: what is pending deletion was
 * created with the old one, and everything else refers to the new one.
 */
function finder(states: readonly ResourceState[]): (urn: string, from: ResourceState) => ResourceState | undefined {
    const isPending = (state: ResourceState): boolean => state.delete === true;
    const old = new Map(states.filter(isPending).map((state) => [state.urn, state]));
    const current = new Map(states.filter((state) => !isPending(state)).map((state) => [state.urn, state]));
    return (urn, from) => {
        const [preferred, other] = isPending(from) ? [old, current] : [current, old];
        return preferred.get(urn) ?? other.get(urn);
    };
}
