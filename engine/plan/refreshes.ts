/** Plans a refresh, and builds the state that results from it. */

import type { ResourceState } from "../model/types";
import type { RefreshStep } from "./steps";
import type { Targets } from "./targets/targets";

export function planRefreshes(resources: readonly ResourceState[], targets: Targets): RefreshStep[] {
    return targets.selectForRefresh(resources).map((state) => ({
        kind: "refresh",
        operation: "refresh",
        urn: state.urn,
        old: state,
        new: state,
        result: "same",
    }));
}

/** The resources that still exist after the refresh, without references to those that do not. */
export function afterRefresh(resources: readonly ResourceState[], steps: readonly RefreshStep[]): ResourceState[] {
    const refreshed = new Map(steps.map((step) => [step.old, step]));
    const existing = new Set<string>();
    const kept: ResourceState[] = [];
    for (const old of resources) {
        const step = refreshed.get(old);
        const state = step === undefined ? old : step.new;
        if (state === undefined) continue;
        kept.push(withoutDanglingReferences(state, existing));
        existing.add(state.urn);
    }
    return kept;
}

function withoutDanglingReferences(state: ResourceState, existing: ReadonlySet<string>): ResourceState {
    const exists = (urn: string): boolean => existing.has(urn);
    const pruned: ResourceState = {
        ...state,
        dependencies: (state.dependencies ?? []).filter(exists),
        replaceWith: (state.replaceWith ?? []).filter(exists),
    };
    // Like Pulumi's refresh, drops properties without dependencies.
    const entries = Object.entries(state.propertyDependencies ?? {}).map(
        ([key, urns]) => [key, (urns ?? []).filter(exists)] as const,
    );
    pruned.propertyDependencies = Object.fromEntries(entries.filter(([, urns]) => urns.length > 0));
    if (pruned.deletedWith !== undefined && !exists(pruned.deletedWith)) delete pruned.deletedWith;
    // Like Pulumi's, a child whose parent no longer exists has none until the next `up`.
    if (pruned.parent !== undefined && !exists(pruned.parent)) delete pruned.parent;
    return pruned;
}
