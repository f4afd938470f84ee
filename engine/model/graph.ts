/** The dependency graph of a list of states in which every resource comes after its dependencies. */

import type { ResourceState } from "./types";
import { parseProviderReference } from "./urn";

/** The URNs of all dependencies except the parent and the provider. */
function dependenciesOf(state: ResourceState): string[] {
    const propertyDependencies = Object.values(state.propertyDependencies ?? {}).flatMap((urns) => urns ?? []);
    const deletedWith = state.deletedWith === undefined ? [] : [state.deletedWith];
    return [...(state.dependencies ?? []), ...propertyDependencies, ...deletedWith, ...(state.replaceWith ?? [])];
}
export const providerUrnOf = (state: ResourceState): string | undefined =>
    state.provider === undefined ? undefined : parseProviderReference(state.provider).urn;
/** The URNs of everything that must exist first, including the parent and the provider, in Pulumi's order. */
export function allDependenciesOf(state: ResourceState): string[] {
    return [providerUrnOf(state), state.parent, ...dependenciesOf(state)].filter((urn) => urn !== undefined);
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
            for (let parent = state.parent; parent !== undefined; parent = parents.get(parent)) {
                append(this.#children, parent, position);
            }
        }
    }

    has(state: ResourceState): boolean {
        return this.#index.has(state);
    }

    /** All direct and indirect dependents, in order. Children count as dependents only with `children`. */
    dependentsOf(
        root: ResourceState,
        options: { children: boolean; ignore?: (urn: string) => boolean },
    ): ResourceState[] {
        const reached = new Set([root.urn]);
        const dependents: ResourceState[] = [];
        for (const state of this.states.slice((this.#index.get(root) ?? this.states.length) + 1)) {
            if (options.ignore?.(state.urn) === true) continue;
            const urns = dependenciesOf(state);
            const provider = providerUrnOf(state);
            if (provider !== undefined) urns.push(provider);
            if (options.children && state.parent !== undefined) urns.push(state.parent);
            if (!urns.some((urn) => reached.has(urn))) continue;
            reached.add(state.urn);
            dependents.push(state);
        }
        return dependents;
    }

    /** The direct dependencies; a dependency on a component includes those of its children that come before the state. */
    directDependenciesOf(state: ResourceState): Set<ResourceState> {
        const position = this.#index.get(state) ?? 0;
        const dependencies = new Set<ResourceState>();
        const add = (candidates: readonly number[] | undefined): void => {
            for (const candidate of candidates ?? []) {
                const other = this.states[candidate];
                if (candidate < position && other !== undefined) dependencies.add(other);
            }
        };
        const urns = new Set(dependenciesOf(state));
        const provider = providerUrnOf(state);
        if (provider !== undefined) urns.add(provider);
        for (const urn of urns) {
            add(this.#positions.get(urn));
            const isComponent = this.#positions.get(urn)?.some((index) => this.states[index]?.custom === false);
            if (isComponent) add(this.#children.get(urn));
        }
        if (state.parent !== undefined) add(this.#positions.get(state.parent));
        return dependencies;
    }

    /** All direct and indirect dependencies. */
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

    /** The order of deletion: the states of a level may be deleted concurrently once the previous level is deleted. */
    deletionLevels(toDelete: readonly ResourceState[]): ResourceState[][] {
        const deleted = new Set(toDelete);
        const levels: ResourceState[][] = [];
        const levelOf = new Map<ResourceState, number>();
        const inOrder = [...toDelete].sort((a, b) => (this.#index.get(a) ?? 0) - (this.#index.get(b) ?? 0));
        for (const state of inOrder) {
            const dependencyLevels = [...this.directDependenciesOf(state)]
                .filter((other) => deleted.has(other))
                .map((other) => levelOf.get(other) ?? 0);
            const level = Math.max(-1, ...dependencyLevels) + 1;
            levelOf.set(state, level);
            (levels[level] ??= []).push(state);
        }
        return levels.reverse();
    }
}

function append(map: Map<string, number[]>, key: string, value: number): void {
    const list = map.get(key);
    if (list === undefined) map.set(key, [value]);
    else list.push(value);
}
