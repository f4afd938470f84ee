/** Mounts: the contexts that a session sees as folders, and how to compare and validate them. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { syncPolicySchema, type WireMount } from "../../agb/index";
import { unknown, type Failure, type MaybeUnknown } from "../contract";
import { pathFailure } from "../support/lookAlikes";
import { foldersAbove, isNormalizedAbsolute, trimTrailingSlash } from "../support/paths";
import { asList, asRecord } from "../support/values";
import { policyPathFailures } from "./policyPaths";

export const mountSchema = z.object({
    contextId: z.string().min(1),
    path: z.string().min(1),
    policy: syncPolicySchema.prefault({}),
});
export type Mount = z.output<typeof mountSchema>;

export const toWireMount = ({ contextId, path, policy }: Mount): WireMount => ({
    contextId,
    path,
    policy: JSON.stringify(policy),
});

/** The mounts without unknown parts. In a preview nothing can be said about the others. */
export function knownMounts({ contextSyncs }: { contextSyncs: MaybeUnknown<Mount[]> }): Mount[] {
    return Array.isArray(contextSyncs) ? contextSyncs.filter(isKnown) : [];
}

export const isKnown = <T>(value: MaybeUnknown<T>): value is T & MaybeUnknown<T> =>
    value !== unknown && Object.values(asRecord(value)).every(isKnown);

/** Failures that concern several values. The inputs may have any type, and parts may be unknown. */
export function mountFailures(contextSyncs: unknown): Failure[] {
    const mounts = asList(contextSyncs).map(asRecord);
    const firstAt = new Map<string, number>();
    mounts.forEach(({ path }, i) => {
        if (typeof path !== "string" || !isNormalizedAbsolute(path)) return;
        const trimmed = trimTrailingSlash(path);
        if (!firstAt.has(trimmed)) firstAt.set(trimmed, i);
    });
    return mounts.flatMap(({ path, policy }, i) => {
        const property = `contextSyncs[${i}]`;
        const reason = pathProblem(path, i, firstAt);
        return [
            ...policyPathFailures(policy, `${property}.policy`, path),
            ...(reason === undefined ? [] : [pathFailure(`${property}.path`, String(path), reason)]),
        ];
    });
}

/** `firstAt` has the first mount at each path. */
function pathProblem(path: unknown, i: number, firstAt: Map<string, number>): string | undefined {
    if (typeof path !== "string" || path === "") return undefined;
    if (!isNormalizedAbsolute(path)) {
        return 'must be an absolute path without "." or "..", such as "/home/work"';
    }
    const trimmed = trimTrailingSlash(path);
    const first = firstAt.get(trimmed);
    if (first !== i) return `is already the path of contextSyncs[${first}]; each mount needs its own path`;
    const outer = foldersAbove(trimmed).find((folder) => firstAt.has(folder));
    if (outer === undefined) return undefined;
    // The outer upload stores the inner files as well, and its next download brings those old files back.
    return `is below "${outer}", the path of contextSyncs[${firstAt.get(outer)}]; the outer context would store the files of the inner one too and later bring old ones back, so choose paths that do not contain each other`;
}

/** Whether two lists of mounts are equivalent. Their order and the spelling of paths in policies do not matter. */
export function sameMounts(a: Mount[], b: Mount[]): boolean {
    // An unknown value may differ.
    if (![a, b].every((mounts) => Array.isArray(mounts) && mounts.every(isKnown))) return false;
    return isDeepStrictEqual(new Set(a.map(canonical)), new Set(b.map(canonical)));
}

/** The same value for all equivalent spellings of a mount. */
function canonical({ contextId, path, policy }: Mount): unknown {
    const { bwList, recyclePolicy } = policy;
    return {
        contextId,
        path: trimTrailingSlash(path),
        policy: {
            ...policy,
            recyclePolicy: { ...recyclePolicy, paths: canonicalPaths(recyclePolicy.paths) },
            bwList: new Set(
                bwList.whiteLists.map((entry) => ({
                    path: canonicalPath(entry.path),
                    excludePaths: canonicalPaths(entry.excludePaths),
                })),
            ),
        },
    };
}

const canonicalPaths = (paths: string[]) => new Set(paths.map(canonicalPath));
const canonicalPath = (path: string) => trimTrailingSlash(path).replace(/^\/+/, "");
