/** Whether a resource differs from its old state, and whether the difference requires a replacement. */

import { includesPath, parsePath, resetPath } from "../model/propertyPath";
import { type PropertyMap, type PropertyValue, type ResourceState, UNKNOWN } from "../model/types";
import { containsUnknowns, sameValue, withoutSecrets } from "../model/values";
import type { PlanContext } from "./context";
import type { Diff, ResourceProvider } from "./provider";

const UNCHANGED: Diff = { changes: false, replaceKeys: [], changedKeys: [], deleteBeforeReplace: false };
const replaceBecauseOf = (key: string): Diff => ({ ...UNCHANGED, changes: true, replaceKeys: [key] });

/** Asks the provider, unless a replacement is already required for another reason. */
export async function compare(
    old: ResourceState,
    state: ResourceState,
    news: PropertyMap,
    provider: ResourceProvider | undefined,
    { decisions, targets }: PlanContext,
): Promise<Diff> {
    if (targets.mustReplace(state.urn, old)) return replaceBecauseOf("id");
    if (state.replaceWith?.some((urn) => decisions.willReplace(urn))) return replaceBecauseOf("replaceWith");
    if (state.deletedWith !== undefined && decisions.willReplace(state.deletedWith)) {
        return replaceBecauseOf("deletedWith");
    }
    if (changesKind(old, state)) return replaceBecauseOf("provider");
    if (provider === undefined) return { ...UNCHANGED, changes: !sameValue(old.inputs ?? {}, news) };
    const diff = await provider.diff(old, news);
    return withReplaceOnChanges(diff, state.replaceOnChanges ?? [], (old.initErrors ?? []).length > 0);
}

/** A component becomes a custom resource or vice versa. A different provider resource of the same package needs no replacement. */
const changesKind = (old: ResourceState, state: ResourceState): boolean =>
    (old.provider === undefined) !== (state.provider === undefined);

/** `replaceOnChanges` turns changes into replacements if the provider left it to the engine to find the changes. */
export function withReplaceOnChanges(diff: Diff, replaceOnChanges: readonly string[], hasInitErrors: boolean): Diff {
    if (!diff.changes && !hasInitErrors) return diff;
    const paths = replaceOnChanges.map(parsePath).filter((path) => path !== undefined);
    const forces = (key: string): boolean => paths.some((path) => includesPath(path, parsePath(key) ?? [key]));
    const forced = diff.changedKeys.filter(forces);
    const initErrorForces = hasInitErrors && forces("#initerror");
    return {
        ...diff,
        changes: diff.changes || initErrorForces,
        replaceKeys: [...new Set([...diff.replaceKeys, ...forced, ...(initErrorForces ? ["#initerror"] : [])])],
    };
}

/** The new inputs with the old values at the ignored paths, and the paths that could not be reset. */
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

/** Whether a replacement trigger requires a replacement: both values exist and differ, or one is unknown. */
export function isTriggered(old: PropertyValue | undefined, current: PropertyValue | undefined): boolean {
    if ([old, current].some((value) => value !== undefined && (value === UNKNOWN || containsUnknowns(value)))) {
        return true;
    }
    if (old === undefined || old === null || current === undefined || current === null) return false;
    return !sameValue(withoutSecrets(old), withoutSecrets(current));
}
