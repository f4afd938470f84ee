/** What must be replaced along with a resource that is deleted before its replacement is made. */

import { type PropertyMap, type ResourceState, UNKNOWN } from "../model/types";
import type { PriorState } from "./priorState";
import { withReplaceOnChanges } from "./comparison";
import type { Decisions } from "./decisions";
import { providerUrnOf } from "../model/graph";
import type { Providers } from "./provider";

export interface DependentReplacement {
    state: ResourceState;
    replaceKeys: string[];
}

/**
 * The dependents that a change of `root` would replace, in order. Each is asked, by its provider's diff, with every
 * input unknown that comes from something that is replaced. What has been registered already cannot depend on the root,
 * which is registered only now, whatever the old state says.
 */
export async function dependentReplacements(
    root: ResourceState,
    base: PriorState,
    decisions: Decisions,
    providers: Providers,
): Promise<DependentReplacement[]> {
    const replaced = new Set([root.urn]);
    const found: DependentReplacement[] = [];
    for (const state of base.graph.dependentsOf(root, { children: false, ignore: (urn) => decisions.isDecided(urn) })) {
        const replaceKeys = await keysThatReplace(state, replaced, providers);
        if (replaceKeys === undefined) continue;
        replaced.add(state.urn);
        found.push({ state, replaceKeys });
    }
    return found;
}

async function keysThatReplace(
    state: ResourceState,
    replaced: ReadonlySet<string>,
    providers: Providers,
): Promise<string[] | undefined> {
    if (!state.custom || state.external === true) return undefined;
    const provider = providerUrnOf(state);
    if (provider !== undefined && replaced.has(provider)) return [];
    if (state.deletedWith !== undefined && replaced.has(state.deletedWith)) return [];
    const dependsOnReplaced = (key: string): boolean =>
        (state.propertyDependencies?.[key] ?? []).some((urn) => replaced.has(urn));
    const inputs = state.inputs ?? {};
    if (!Object.keys(inputs).some(dependsOnReplaced)) return undefined;
    const news: PropertyMap = Object.fromEntries(
        Object.entries(inputs).map(([key, value]) => [key, dependsOnReplaced(key) ? UNKNOWN : value]),
    );
    const diff = await (await providers.of(state)).diff(state, news);
    const { replaceKeys } = withReplaceOnChanges(diff, state.replaceOnChanges ?? [], false);
    return replaceKeys.length > 0 ? replaceKeys : undefined;
}

/** Those that ask, by `replaceWith` or `deletedWith`, to be replaced with it. */
export function replacedTogether(
    { urn }: ResourceState,
    states: Iterable<ResourceState>,
    decisions: Decisions,
): DependentReplacement[] {
    const found = new Map<string, ResourceState>();
    for (const state of states) {
        if (decisions.isDecided(state.urn)) continue;
        const follows = state.deletedWith === urn || state.replaceWith?.includes(urn) === true;
        if (follows && !found.has(state.urn)) found.set(state.urn, state);
    }
    return [...found.values()].map((state) => ({ state, replaceKeys: [] }));
}
