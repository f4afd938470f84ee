/** Paths of files in contexts: what identifies a file, the folders around it, and paths that exclude each other. */

/** Identifies a file across all resources of a deployment. It is the id of a `ContextFile`. */
export const fileId = (contextId: string, path: string): string => `${contextId}:${path}`;

/** The folders around a file, innermost first, without the root: `a/b` and `a` for `a/b/c`. */
export function foldersAround(file: string): string[] {
    const folders: string[] = [];
    for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) {
        folders.push(file.slice(0, end));
    }
    return folders;
}

/** The existing files that must be deleted before the wanted ones can exist: one path is a folder on the way to the other. */
export function filesInTheWay(existing: Iterable<string>, wanted: ReadonlySet<string>): string[] {
    const folders = new Set([...wanted].flatMap(foldersAround));
    return [...existing].filter(
        (file) => folders.has(file) || foldersAround(file).some((folder) => wanted.has(folder)),
    );
}
