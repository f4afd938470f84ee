/** Whether a resource differs from its old state, and whether it must be replaced for that. */

import { type PropertyMap, type PropertyValue, type ResourceState, UNKNOWN } from "../model/types";
import type { Decisions } from "./decisions";
import { includesPath, parsePath, resetPath } from "../model/propertyPath";
import type { Diff, ResourceProvider } from "./provider";
import type { Selection } from "./selection";
import { containsUnknowns, sameValue, withoutSecrets } from "../model/values";

const NONE: Diff = { changes: false, replaceKeys: [], changedKeys: [], deleteBeforeReplace: false };
const replaceFor = (key: string): Diff => ({ ...NONE, changes: true, replaceKeys: [key] });

/** Asks the provider, unless something else forces a replacement already. */
export async function compare(
    old: ResourceState,
    state: ResourceState,
    news: PropertyMap,
    provider: ResourceProvider | undefined,
    decisions: Decisions,
    selection: Selection,
): Promise<Diff> {
    if (selection.replace.has(state.urn)) return replaceFor("id");
    if (state.replaceWith?.some((urn) => decisions.replaces.has(urn))) return replaceFor("replaceWith");
    if (state.deletedWith !== undefined && decisions.replaces.has(state.deletedWith)) return replaceFor("deletedWith");
    if (providerChanged(old, state)) return replaceFor("provider");
    if (provider === undefined) return { ...NONE, changes: !sameValue(old.inputs ?? {}, news) };
    const diff = await provider.diff(old, news);
    return withReplaceOnChanges(diff, state.replaceOnChanges ?? [], (old.initErrors ?? []).length > 0);
}

/** A component that becomes a custom resource, or the other way round. Another entry of the same provider takes over in place. */
const providerChanged = (old: ResourceState, state: ResourceState): boolean =>
    (old.provider === undefined) !== (state.provider === undefined);

/** `replaceOnChanges` turns a change into a replacement, where the provider left it to the engine to find the changes. */
export function withReplaceOnChanges(diff: Diff, replaceOnChanges: readonly string[], hasInitErrors: boolean): Diff {
    if (!diff.changes && !hasInitErrors) return diff;
    const paths = replaceOnChanges.map(parsePath).filter((path) => path !== undefined);
    const forces = (key: string): boolean => paths.some((path) => includesPath(path, parsePath(key) ?? [key]));
    const forced = diff.changedKeys.filter(forces);
    const initForces = hasInitErrors && forces("#initerror");
    return {
        ...diff,
        changes: diff.changes || initForces,
        replaceKeys: [...new Set([...diff.replaceKeys, ...forced, ...(initForces ? ["#initerror"] : [])])],
    };
}

/** The new inputs with what is to be ignored as it was; the paths where that is impossible. */
export function ignoreChanges(
    paths: readonly string[],
    olds: PropertyMap,
    news: PropertyMap,
): { inputs: PropertyMap; impossible: string[] } {
    const impossible: string[] = [];
    let inputs = news;
    for (const text of paths) {
        const path = parsePath(text);
        if (path === undefined) continue;
        const reset = resetPath(path, olds, inputs);
        if (reset === undefined) impossible.push(text);
        else inputs = reset;
    }
    return { inputs, impossible };
}

/** Whether a replacement trigger says to replace: both are given and differ, or one is not known. */
export function isTriggered(old: PropertyValue | undefined, now: PropertyValue | undefined): boolean {
    if ([old, now].some((value) => value !== undefined && (value === UNKNOWN || containsUnknowns(value)))) return true;
    if (old === undefined || old === null || now === undefined || now === null) return false;
    return !sameValue(withoutSecrets(old), withoutSecrets(now));
}
