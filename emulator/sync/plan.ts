import type { SyncPolicy } from "../../provider/agb/wire";

/** What a copy has to do, told by paths relative to the mount. */
export interface CopyPlan {
    /** There is no such file yet, or one of another size. */
    copy: string[];
    /** There is one of the same size: only its content tells. */
    compare: string[];
    /** They are gone at the origin. */
    remove: string[];
}

/** Compares two listings (size by path). What the mount's white list leaves out stays as it is on both sides. */
export function planCopy(
    from: ReadonlyMap<string, number>,
    to: ReadonlyMap<string, number>,
    allowed: (path: string) => boolean,
    removeMissing: boolean,
): CopyPlan {
    const plan: CopyPlan = { copy: [], compare: [], remove: [] };
    for (const [path, size] of from) {
        if (allowed(path)) (to.get(path) === size ? plan.compare : plan.copy).push(path);
    }
    for (const path of removeMissing ? to.keys() : []) {
        if (!from.has(path) && allowed(path)) plan.remove.push(path);
    }
    return plan;
}

/** The white list as a question about a path relative to the mount. Whole parts are compared, and wildcards are plain letters. */
export function whiteList({ whiteLists }: SyncPolicy["bwList"]): (path: string) => boolean {
    if (whiteLists.length === 0) return () => true;
    const entries = whiteLists.map((entry) => {
        const path = relative(entry.path);
        // Excludes count from their entry's path; one written from the mount means the same.
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

/** Whether a relative path is a folder's or below it; everything is below the empty path. */
export function isUnder(path: string, folder: string): boolean {
    return folder === "" || path === folder || path.startsWith(`${folder}/`);
}

/** A path as policies write it, without slashes around it. */
export function relative(path: string): string {
    return path
        .split("/")
        .filter((part) => part !== "" && part !== ".")
        .join("/");
}
