/** Finds the resources that must be replaced together with one that is deleted before its replacement is created. */

import { providerUrnOf } from "../model/graph";
import { type PropertyMap, type ResourceState, UNKNOWN } from "../model/types";
import { diffInputs, withReplaceOnChanges } from "./comparison";
import type { PlanContext } from "./context";
import type { Providers } from "./provider";

export interface DependentReplacement {
    state: ResourceState;
    replaceKeys: string[];
}

/**
 * The dependents that a replacement of `root` also replaces, in order: the provider compares each with inputs that are
 * unknown if they come from a replaced resource. Resources that are already registered cannot depend on the root, which
 * is registered only now, whatever the old state says.
 */
export async function dependentReplacements(
    root: ResourceState,
    { prior, decisions, providers }: PlanContext,
): Promise<DependentReplacement[]> {
    const replaced = new Set([root.urn]);
    const replacements: DependentReplacement[] = [];
    const ignore = (urn: string): boolean => decisions.isDecided(urn);
    for (const state of prior.graph.dependentsOf(root, { children: false, ignore })) {
        const replaceKeys = await keysThatReplace(state, replaced, providers);
        if (replaceKeys === undefined) continue;
        replaced.add(state.urn);
        replacements.push({ state, replaceKeys });
    }
    return replacements;
}

/** Undefined if the resource can stay. */
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
    const diff = await diffInputs(await providers.of(state), state, news, state.ignoreChanges);
    const { replaces, replaceKeys } = withReplaceOnChanges(diff, state.replaceOnChanges);
    return replaces ? replaceKeys : undefined;
}

/** The resources that request to be replaced with the one named `urn` now, through `replaceWith` or `deletedWith`. */
export function replacedTogether(urn: string, { prior, decisions }: PlanContext): DependentReplacement[] {
    return [...prior.current.values()]
        .filter((state) => !decisions.isDecided(state.urn))
        .filter((state) => state.deletedWith === urn || state.replaceWith?.includes(urn) === true)
        .map((state) => ({ state, replaceKeys: [] }));
}
