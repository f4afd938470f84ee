/** Which resources a refresh reads, and the state that it leaves. */

import type { DeploymentOptions } from "../deployment";
import type { ResourceState } from "../model/types";
import { allDependenciesOf } from "../model/graph";
import type { RefreshStep } from "./steps";
import { UrnSet } from "./targets";

export function planRefreshes(resources: readonly ResourceState[], options: DeploymentOptions): RefreshStep[] {
    const targets = new UrnSet(options.targets);
    const excludes = new UrnSet(options.excludes);
    const follows = (state: ResourceState, reached: UrnSet): boolean =>
        allDependenciesOf(state).some((urn) => reached.has(urn));
    const selected = resources.filter((state) => {
        if (excludes.isConstrained) {
            const excluded = excludes.has(state.urn) || (options.excludeDependents && follows(state, excludes));
            if (excluded) excludes.add(state.urn);
            return !excluded;
        }
        if (!targets.isConstrained || targets.has(state.urn)) return true;
        if (!options.targetDependents || !follows(state, targets)) return false;
        targets.add(state.urn);
        return true;
    });
    return selected.map((state) => ({
        kind: "refresh",
        operation: "refresh",
        urn: state.urn,
        old: state,
        new: state,
        result: "same",
    }));
}

/** The resources after their refresh: those that are gone are left out, and so are all references to them. */
export function afterRefresh(resources: readonly ResourceState[], steps: readonly RefreshStep[]): ResourceState[] {
    const refreshed = new Map(steps.map((step) => [step.old, step]));
    const there = new Set<string>();
    const parents = new Map<string, string | undefined>();
    const kept: ResourceState[] = [];
    for (const state of resources) {
        const step = refreshed.get(state);
        const now = step === undefined ? state : step.new;
        if (now === undefined) {
            parents.set(
                state.urn,
                state.parent !== undefined && !there.has(state.parent) ? parents.get(state.parent) : state.parent,
            );
            continue;
        }
        kept.push(withoutDangling(now, there, parents));
        there.add(now.urn);
    }
    return kept;
}

function withoutDangling(
    state: ResourceState,
    there: ReadonlySet<string>,
    parents: ReadonlyMap<string, string | undefined>,
): ResourceState {
    const exists = (urn: string): boolean => there.has(urn);
    const pruned: ResourceState = {
        ...state,
        dependencies: (state.dependencies ?? []).filter(exists),
        replaceWith: (state.replaceWith ?? []).filter(exists),
    };
    // Pulumi's own refresh keeps only the properties that depend on something.
    const entries = Object.entries(state.propertyDependencies ?? {}).map(
        ([key, urns]) => [key, (urns ?? []).filter(exists)] as const,
    );
    pruned.propertyDependencies = Object.fromEntries(entries.filter(([, urns]) => urns.length > 0));
    if (pruned.deletedWith !== undefined && !exists(pruned.deletedWith)) delete pruned.deletedWith;
    if (pruned.parent !== undefined && !exists(pruned.parent)) {
        const parent = parents.get(pruned.parent);
        if (parent === undefined) delete pruned.parent;
        else pruned.parent = parent;
    }
    return pruned;
}
