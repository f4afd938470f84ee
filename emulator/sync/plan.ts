/** What a sync has to copy and remove, computed from listings of both sides. */
import type { SyncPolicy } from "../../provider/agb/wire";

/** Paths are relative to the mount. */
export interface CopyPlan {
    /** Files that are missing at the destination or have another size there. */
    copy: string[];
    /** Files of the same size on both sides: only their content shows whether they differ. */
    compare: string[];
    /** Files that no longer exist at the source. */
    remove: string[];
}

/** Compares two listings (size by path). Files that the mount's allowlist excludes stay as they are on both sides. */
export function planCopy(
    from: ReadonlyMap<string, number>,
    to: ReadonlyMap<string, number>,
    isAllowed: (path: string) => boolean,
    removeMissing: boolean,
): CopyPlan {
    const plan: CopyPlan = { copy: [], compare: [], remove: [] };
    for (const [path, size] of from) {
        if (isAllowed(path)) (to.get(path) === size ? plan.compare : plan.copy).push(path);
    }
    for (const path of removeMissing ? to.keys() : []) {
        if (!from.has(path) && isAllowed(path)) plan.remove.push(path);
    }
    return plan;
}

/** The policy's allowlist as a predicate on paths relative to the mount. Compares whole components; wildcards are literal. */
export function allowlist({ whiteLists }: SyncPolicy["bwList"]): (path: string) => boolean {
    if (whiteLists.length === 0) return () => true;
    const entries = whiteLists.map((entry) => {
        const path = relative(entry.path);
        // Excludes are relative to their entry's path, but an exclude written relative to the mount works too.
        return {
            path,
            excludes: entry.excludePaths.flatMap((exclude) => [
                relative(`${path}/${relative(exclude)}`),
                relative(exclude),
            ]),
        };
    });
    return (file) =>
        entries.some(
            ({ path, excludes }) =>
                isUnder(file, path) && !excludes.some((exclude) => exclude !== path && isUnder(file, exclude)),
        );
}

/** Whether a relative path is a folder or below it. Every path is below the empty path. */
export function isUnder(path: string, folder: string): boolean {
    return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** Normalizes a path from a policy or mount, and removes slashes at both ends. */
export function relative(path: string): string {
    return path
        .split("/")
        .filter((component) => component !== "" && component !== ".")
        .join("/");
}
