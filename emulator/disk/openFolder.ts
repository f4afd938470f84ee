/** Folders that are used only while they are open, so no one can swap another one in. Both secure path walkers build on it. */
import { constants, readlinkSync, realpathSync } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** Whether the kernel reports what a descriptor refers to, and resolves names relative to it. */
const HAS_PROC = process.platform === "linux" || process.platform === "android";

/** Opens a folder; fails if its last component is a link or not a folder. */
export function openFolder(path: string): Promise<FileHandle> {
    return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
}

/**
 * A path through the open folder itself. It keeps referring to that folder, whatever happens to its original path. On
 * platforms without /proc, this is the plain path.
 */
export function openFolderPath(folder: FileHandle, plainPath: string): string {
    return HAS_PROC ? `/proc/self/fd/${folder.fd}` : plainPath;
}

/** Where an open file or folder really is, with all links resolved. The kernel answers at once, without a disk. */
export function actualPath(handle: FileHandle, plainPath: string): string {
    return HAS_PROC ? readlinkSync(`/proc/self/fd/${handle.fd}`) : realpathSync.native(plainPath);
}

/** Calls `action` with a path through the open folder, and closes the folder afterwards. */
export async function withOpenFolder<Result>(
    folder: FileHandle,
    plainPath: string,
    action: (hostPath: string) => Promise<Result>,
): Promise<Result> {
    try {
        return await action(openFolderPath(folder, plainPath));
    } finally {
        await folder.close();
    }
}

/** Whether a file system call failed because its target does not exist, or is a link or another kind of file. */
export function isMissing(error: unknown): boolean {
    return error instanceof Error && "code" in error && MISSING_CODES.has(String(error.code));
}

const MISSING_CODES = new Set(["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"]);
