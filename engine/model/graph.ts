/** What depends on what, over a list of states in which everything comes after what it depends on. */

import type { ResourceState } from "./types";
import { parseProviderReference } from "./urn";

/** URNs by dependencies, properties, `deletedWith` and `replaceWith`, not by parent and provider. */
export function dependenciesOf(state: ResourceState): string[] {
    const byProperty = Object.values(state.propertyDependencies ?? {}).flatMap((urns) => urns ?? []);
    const others = [...(state.dependencies ?? []), ...byProperty, ...(state.replaceWith ?? [])];
    return state.deletedWith === undefined ? others : [...others, state.deletedWith];
}
export const providerUrnOf = (state: ResourceState): string | undefined =>
    state.provider === undefined ? undefined : parseProviderReference(state.provider).urn;
/** All that must exist for it to exist: its parent and provider too. */
export function allDependenciesOf(state: ResourceState): string[] {
    return [...dependenciesOf(state), state.parent, providerUrnOf(state)].filter((urn) => urn !== undefined);
}

export class Graph {
    readonly #index: Map<ResourceState, number>;
    readonly #positions = new Map<string, number[]>();
    readonly #children = new Map<string, number[]>();

    constructor(readonly states: readonly ResourceState[]) {
        this.#index = new Map(states.map((state, position) => [state, position]));
        for (const [position, state] of states.entries()) append(this.#positions, state.urn, position);
        const parents = new Map(states.map((state) => [state.urn, state.parent]));
        for (const [position, state] of states.entries()) {
            for (let parent = state.parent; parent !== undefined; parent = parents.get(parent))
                append(this.#children, parent, position);
        }
    }

    has(state: ResourceState): boolean {
        return this.#index.has(state);
    }

    /** All that depends on it, directly or not, in order. Children count only with `children`. */
    dependentsOf(
        root: ResourceState,
        options: { children: boolean; ignore?: (urn: string) => boolean },
    ): ResourceState[] {
        const found = new Set([root.urn]);
        const dependents: ResourceState[] = [];
        for (const state of this.states.slice((this.#index.get(root) ?? this.states.length) + 1)) {
            if (options.ignore?.(state.urn) === true) continue;
            const urns = dependenciesOf(state);
            const provider = providerUrnOf(state);
            if (provider !== undefined) urns.push(provider);
            if (options.children && state.parent !== undefined) urns.push(state.parent);
            if (!urns.some((urn) => found.has(urn))) continue;
            found.add(state.urn);
            dependents.push(state);
        }
        return dependents;
    }

    /** What it depends on directly; for a component, that includes the children that come before it. */
    directDependenciesOf(state: ResourceState): Set<ResourceState> {
        const position = this.#index.get(state) ?? 0;
        const found = new Set<ResourceState>();
        const add = (candidates: readonly number[] | undefined): void => {
            for (const candidate of candidates ?? []) {
                const other = this.states[candidate];
                if (candidate < position && other !== undefined) found.add(other);
            }
        };
        const urns = new Set(dependenciesOf(state));
        const provider = providerUrnOf(state);
        if (provider !== undefined) urns.add(provider);
        for (const urn of urns) {
            add(this.#positions.get(urn));
            const isComponent = this.#positions.get(urn)?.some((at) => this.states[at]?.custom === false);
            if (isComponent) add(this.#children.get(urn));
        }
        if (state.parent !== undefined) add(this.#positions.get(state.parent));
        return found;
    }

    /** All that it needs, directly or not. */
    neededBy(state: ResourceState): Set<ResourceState> {
        const needed = new Set<ResourceState>();
        const visit = (current: ResourceState): void => {
            for (const dependency of this.directDependenciesOf(current)) {
                if (needed.has(dependency)) continue;
                needed.add(dependency);
                visit(dependency);
            }
        };
        visit(state);
        return needed;
    }

    /** The states in the order of their deletion: each level may go at once, when the one before is gone. */
    deletionLevels(toDelete: readonly ResourceState[]): ResourceState[][] {
        const set = new Set(toDelete);
        const levels: ResourceState[][] = [];
        const level = new Map<ResourceState, number>();
        const inOrder = [...toDelete].sort((a, b) => (this.#index.get(a) ?? 0) - (this.#index.get(b) ?? 0));
        for (const state of inOrder) {
            const below = [...this.directDependenciesOf(state)]
                .filter((other) => set.has(other))
                .map((other) => level.get(other) ?? 0);
            const own = below.length === 0 ? 0 : Math.max(...below) + 1;
            level.set(state, own);
            (levels[own] ??= []).push(state);
        }
        return levels.reverse();
    }
}

function append(map: Map<string, number[]>, key: string, value: number): void {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
}
