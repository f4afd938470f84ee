/** Mounts: the contexts that a session sees as folders, and how to compare and validate them. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { syncPolicySchema, type SyncPolicy, type WireMount } from "../../agb/index";
import { unknown, type Failure, type MaybeUnknown } from "../contract";
import { foldersAbove, isNormalizedAbsolute, trimTrailingSlash } from "../support/paths";
import { asList, asRecord } from "../support/values";

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

const isKnown = <T>(value: MaybeUnknown<T>): value is T & MaybeUnknown<T> =>
    value !== unknown && (typeof value !== "object" || value === null || Object.values(value).every(isKnown));

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
            ...policyFailures(policy, `${property}.policy`),
            ...(reason === undefined ? [] : [{ property: `${property}.path`, reason }]),
        ];
    });
}

/** `firstAt` has the first mount at each path. */
function pathProblem(path: unknown, i: number, firstAt: Map<string, number>): string | undefined {
    if (typeof path !== "string" || path === "") return undefined;
    if (!isNormalizedAbsolute(path)) {
        return `"${path}" must be an absolute path without "." or "..", such as "/home/work"`;
    }
    const trimmed = trimTrailingSlash(path);
    const first = firstAt.get(trimmed);
    if (first !== i) return `"${path}" is already the path of contextSyncs[${first}]; each mount needs its own path`;
    const outer = foldersAbove(trimmed).find((folder) => firstAt.has(folder));
    if (outer === undefined) return undefined;
    // The outer upload stores the inner files as well, and its next download brings those old files back.
    return `"${path}" is below "${outer}", the path of contextSyncs[${firstAt.get(outer)}]; the outer context would store the files of the inner one too and later bring old ones back, so choose paths that do not contain each other`;
}

/** Whether two lists of mounts are equivalent. Their order and the spelling of paths in policies do not matter. */
export function sameMounts(a: Mount[], b: Mount[]): boolean {
    // An unknown list may differ.
    if (!Array.isArray(a) || !Array.isArray(b)) return false;
    return isDeepStrictEqual(a.map(canonical).sort(byPath), b.map(canonical).sort(byPath));
}

function policyFailures(policy: unknown, property: string): Failure[] {
    const { bwList, recyclePolicy, mappingPolicy } = asRecord(policy);
    const failures: Failure[] = [];
    const rejectWildcard = (path: unknown, at: string) => {
        if (typeof path !== "string" || !/[*?[\]]/.test(path)) return;
        failures.push({
            property: at,
            reason: `"${path}" contains a wildcard, which AGB does not expand; name a file or folder, relative to the mount`,
        });
    };
    asList(asRecord(bwList).whiteLists).forEach((entry, i) => {
        const { path, excludePaths } = asRecord(entry);
        rejectWildcard(path, `${property}.bwList.whiteLists[${i}].path`);
        asList(excludePaths).forEach((excluded, k) =>
            rejectWildcard(excluded, `${property}.bwList.whiteLists[${i}].excludePaths[${k}]`),
        );
    });
    asList(asRecord(recyclePolicy).paths).forEach((path, i) =>
        rejectWildcard(path, `${property}.recyclePolicy.paths[${i}]`),
    );
    const mapped = asRecord(mappingPolicy).path;
    if (typeof mapped === "string" && !isNormalizedAbsolute(mapped)) {
        failures.push({
            property: `${property}.mappingPolicy.path`,
            reason: `"${mapped}" must be the absolute path at which an earlier session wrote the data`,
        });
    }
    return failures;
}

/** The same mount for all equivalent spellings. */
function canonical(mount: Mount): unknown {
    if (typeof mount !== "object" || typeof mount.policy !== "object") return mount;
    const { bwList, recyclePolicy } = mount.policy;
    const policy: SyncPolicy = {
        ...mount.policy,
        recyclePolicy:
            typeof recyclePolicy === "object"
                ? { ...recyclePolicy, paths: canonicalPaths(recyclePolicy.paths) }
                : recyclePolicy,
        bwList:
            typeof bwList === "object" && Array.isArray(bwList.whiteLists)
                ? { whiteLists: bwList.whiteLists.map(canonicalEntry).sort(byPath) }
                : bwList,
    };
    return { ...mount, path: typeof mount.path === "string" ? trimTrailingSlash(mount.path) : mount.path, policy };
}

const canonicalEntry = (entry: SyncPolicy["bwList"]["whiteLists"][number]) =>
    typeof entry === "object"
        ? { path: canonicalPath(entry.path), excludePaths: canonicalPaths(entry.excludePaths) }
        : entry;
const canonicalPaths = (paths: string[]) =>
    Array.isArray(paths) ? [...new Set(paths.map(canonicalPath))].sort(compareText) : paths;
const canonicalPath = (path: string) => (typeof path === "string" ? trimTrailingSlash(path).replace(/^\/+/, "") : path);
const compareText = (a: unknown, b: unknown) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
const byPath = (a: unknown, b: unknown) => compareText(asRecord(a).path, asRecord(b).path);
const text = (value: unknown) => (value === unknown ? "" : String(value));
