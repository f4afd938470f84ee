/** The paths in a sync policy, which AGB takes relative to the mount. */
import { posix } from "node:path";
import type { Failure } from "../contract";
import { pathFailure } from "../support/lookAlikes";
import { isNormalizedAbsolute, isWithin, isWritablePath, trimTrailingSlash } from "../support/paths";
import { asList, asRecord } from "../support/values";

interface PolicyPath {
    /** The property of the policy, such as `recyclePolicy.paths[0]`. */
    at: string;
    path: string;
    /** The folder in the session to which the path is relative, if it is known. */
    base: string | undefined;
    /** How messages name that folder. */
    baseName: string;
}

/** Failures of the paths in the policy of a mount. All values may have any type, and parts may be unknown. */
export function policyPathFailures(policy: unknown, property: string, mount: unknown): Failure[] {
    const failures = relativePaths(policy, mount).flatMap((entry) => {
        const reason = problemOf(entry);
        return reason === undefined ? [] : [pathFailure(`${property}.${entry.at}`, entry.path, reason)];
    });
    const mapped = asRecord(asRecord(policy).mappingPolicy).path;
    if (typeof mapped === "string" && !isNormalizedAbsolute(mapped)) {
        failures.push(
            pathFailure(
                `${property}.mappingPolicy.path`,
                mapped,
                "must be the absolute path at which an earlier session wrote the data",
            ),
        );
    }
    return failures;
}

/** All paths of a policy with their properties. */
export function policyPaths(policy: unknown): { at: string; path: string }[] {
    const mapped = asRecord(asRecord(policy).mappingPolicy).path;
    return [
        ...relativePaths(policy, undefined),
        ...(typeof mapped === "string" ? [{ at: "mappingPolicy.path", path: mapped }] : []),
    ];
}

function relativePaths(policy: unknown, mount: unknown): PolicyPath[] {
    const { bwList, recyclePolicy } = asRecord(policy);
    const folder = typeof mount === "string" && isNormalizedAbsolute(mount) ? trimTrailingSlash(mount) : undefined;
    const found: PolicyPath[] = [];
    const add = (at: string, path: unknown, base: string | undefined, baseName: string) => {
        if (typeof path === "string") found.push({ at, path, base, baseName });
    };
    asList(asRecord(bwList).whiteLists).forEach((entry, i) => {
        const { path, excludePaths } = asRecord(entry);
        const at = `bwList.whiteLists[${i}]`;
        add(`${at}.path`, path, folder, "the mount");
        asList(excludePaths).forEach((excluded, k) => {
            const base = folder !== undefined && typeof path === "string" ? posix.resolve(folder, path) : undefined;
            add(`${at}.excludePaths[${k}]`, excluded, base, "the path of its entry");
        });
    });
    asList(asRecord(recyclePolicy).paths).forEach((path, i) => {
        add(`recyclePolicy.paths[${i}]`, path, folder, "the mount");
    });
    return found;
}

function problemOf({ path, base, baseName }: PolicyPath): string | undefined {
    if (/[*?[\]]/.test(path)) {
        return "contains a wildcard, which AGB does not expand; name a file or folder, relative to the mount";
    }
    // AGB ignores a slash at the start, so only a place in sessions is a mistake.
    const isInside = base !== undefined && path.startsWith("/") && isWithin(trimTrailingSlash(path), base);
    if (!isInside && !isWritablePath(path)) return undefined;
    const relative = isInside ? posix.relative(base, path) : "";
    const example = relative === "" ? "" : `; write "${relative}"`;
    return `is an absolute path, but AGB takes it relative to ${baseName}${example}`;
}
