/** Uploads to contexts: which files of a context an upload may overwrite or remove. */
import { posix } from "node:path";
import type { Mount } from "../session/mounts";
import { isWithin, trimTrailingSlash } from "../support/paths";
import type { Declared } from "./deployOrder";

/** A mount that a session uploads at its end, or that a `Sync` uploads. */
export interface Writer {
    /** The session or the sync. */
    by: Declared;
    /** The name of the session whose files are uploaded. */
    session: string;
    /** A sync uploads once, and a session whenever it ends. */
    isSync: boolean;
    contextId: string;
    /** The path of the mount. */
    path: string;
    /** Whether the upload removes from the context everything that is not in the session. */
    removes: boolean;
    /** The paths below which it may change files. */
    roots: string[];
    covers(path: string): boolean;
}

/** A file, or the files of a folder, that a resource puts into a context. */
export interface Content {
    by: Declared;
    contextId: string;
    /** The path of the file or folder. */
    path: string;
    /** The files, relative to the folder; absent for a single file. */
    files?: string[] | undefined;
}

/** The writer of a mount. Its policy is not known if the deployment does not declare its session. */
export function writerOf(
    mount: Pick<Mount, "contextId" | "path"> & Partial<Mount>,
    origin: Pick<Writer, "by" | "session" | "isSync">,
): Writer {
    const { contextId, policy } = mount;
    const path = trimTrailingSlash(mount.path);
    const areas = areasOf(path, policy?.bwList.whiteLists ?? []);
    return {
        ...origin,
        contextId,
        path,
        removes: policy?.deletePolicy.syncLocalFile ?? false,
        roots: areas.map(({ root }) => root),
        covers: (file) =>
            areas.some(({ root, excluded }) => isWithin(file, root) && !excluded.some((part) => isWithin(file, part))),
    };
}

/** The parts of a mount that its allowlist includes: all of it if the list is empty. */
function areasOf(
    path: string,
    entries: Mount["policy"]["bwList"]["whiteLists"],
): { root: string; excluded: string[] }[] {
    if (entries.length === 0) return [{ root: path, excluded: [] }];
    return entries.map((entry) => {
        const root = below(path, entry.path);
        return { root, excluded: entry.excludePaths.map((part) => below(root, part)).filter((part) => part !== root) };
    });
}

const below = (folder: string, path: string) => trimTrailingSlash(posix.join(folder, path));

/** Whether the upload may overwrite or remove what the resource puts into the context. */
export function affects(writer: Writer, { path, files }: Content): boolean {
    if (!files) return writer.covers(path);
    const folder = trimTrailingSlash(path);
    return files.some((file) => writer.covers(posix.join(folder, file)));
}
