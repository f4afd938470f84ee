/** Whether a resource differs from its old state, and whether the difference requires a replacement. */

import { changedPaths } from "../model/changedPaths";
import { includesPath, parsePath, type PropertyPath } from "../model/propertyPath";
import { resetPath } from "../model/resetPath";
import { type PropertyMap, type PropertyValue, type ResourceState, UNKNOWN } from "../model/types";
import { containsUnknowns, sameValue, withoutSecrets } from "../model/values";
import type { PlanContext } from "./context";
import type { ResourceProvider } from "./provider";

export interface Diff {
    changes: boolean;
    /** The changes require a replacement. */
    replaces: boolean;
    replaceKeys: string[];
    changedKeys: string[];
    /** Known only if the provider left it to the engine to find the changes. */
    changedPaths: PropertyPath[];
    deleteBeforeReplace: boolean;
}

const UNCHANGED: Diff = {
    changes: false,
    replaces: false,
    replaceKeys: [],
    changedKeys: [],
    changedPaths: [],
    deleteBeforeReplace: false,
};
const replaceBecauseOf = (...replaceKeys: string[]): Diff => ({
    ...UNCHANGED,
    changes: true,
    replaces: true,
    replaceKeys,
});

/** Asks the provider, unless a replacement is already required for another reason. */
export async function compare(
    old: ResourceState,
    state: ResourceState,
    news: PropertyMap,
    provider: ResourceProvider | undefined,
    { decisions, targets }: PlanContext,
): Promise<Diff> {
    if (isTriggered(old.replacementTrigger, state.replacementTrigger)) return replaceBecauseOf();
    if (targets.mustReplace(state.urn, old)) return replaceBecauseOf("id");
    if (state.replaceWith?.some((urn) => decisions.willReplace(urn))) return replaceBecauseOf("replaceWith");
    if (state.deletedWith !== undefined && decisions.willReplace(state.deletedWith)) {
        return replaceBecauseOf("deletedWith");
    }
    if (changesKind(old, state)) return replaceBecauseOf("provider");
    if (provider === undefined) return { ...UNCHANGED, changes: !sameValue(old.inputs ?? {}, news) };
    const diff = await diffInputs(provider, old, news, state.ignoreChanges);
    return withReplaceOnChanges(diff, state.replaceOnChanges, (old.initErrors ?? []).length > 0);
}

/** A component becomes a custom resource or vice versa. A different provider resource of the same package needs no replacement. */
const changesKind = (old: ResourceState, state: ResourceState): boolean =>
    (old.provider === undefined) !== (state.provider === undefined);

/** Asks the provider, and compares the inputs if it leaves that to the engine. */
export async function diffInputs(
    provider: ResourceProvider,
    old: ResourceState,
    news: PropertyMap,
    ignored: readonly string[] = [],
): Promise<Diff> {
    const { changes, ...diff } = await provider.diff(old, news);
    const replaces = diff.replaceKeys.length > 0;
    if (changes !== "unknown") return { ...diff, changes, replaces, changedPaths: [] };
    const olds = old.inputs ?? {};
    const paths = changedPaths(olds, ignoreChanges(ignored, olds, news).inputs);
    const keys = new Set(paths.map(([key]) => String(key)));
    return { ...diff, changes: paths.length > 0, replaces, changedKeys: [...keys], changedPaths: paths };
}

/** `replaceOnChanges` turns changes into replacements if the provider left it to the engine to find the changes. */
export function withReplaceOnChanges(
    diff: Diff,
    replaceOnChanges: readonly string[] = [],
    hasInitErrors: boolean = false,
): Diff {
    if (!diff.changes && !hasInitErrors) return diff;
    const paths = replaceOnChanges.map(requirePath);
    const forces = (path: PropertyPath): boolean => paths.some((forcing) => includesPath(forcing, path));
    const forced = diff.changedKeys.filter((key) => forces(parsePath(key) ?? [key]));
    const initErrors = hasInitErrors && forces(["#initerror"]) ? ["#initerror"] : [];
    const replaceKeys = [...new Set([...diff.replaceKeys, ...forced, ...initErrors])];
    return {
        ...diff,
        changes: diff.changes || initErrors.length > 0,
        replaces: replaceKeys.length > 0 || diff.changedPaths.some(forces),
        replaceKeys,
    };
}

function requirePath(text: string): PropertyPath {
    const path = parsePath(text);
    if (path !== undefined) return path;
    throw new Error(
        `"${text}" in replaceOnChanges is not a property path. Use a path such as tags, tags.env or rules[0].port.`,
    );
}

/** The new inputs with the old values at the ignored paths, and the paths that could not be reset, or only in part. */
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
        const { value, complete } = resetPath(path, olds, inputs);
        inputs = value;
        if (!complete) impossible.push(text);
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
