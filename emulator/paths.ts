/**
 * Translates session paths to paths on this machine. It is the only module that does, and so the one that keeps
 * everything else inside the session's own folder.
 *
 * A session can create symbolic links, and its commands may run while a file tool works. So a path is never checked
 * first and opened later: it is walked folder by folder. Each folder is opened relative to the previous one without
 * following links (`/proc/self/fd/N/name` where available), and the last folder stays open while it is used. Links are
 * followed by hand, as the session would see them: an absolute target starts at the session's own root.
 */
import { constants } from "node:fs";
import { lstat, open, readdir, readlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, openFolder, openFolderPath } from "./disk/openFolder";

/** The private disk of a session: session path `/home/x` is `<root>/home/x`. */
export interface Workspace {
    sessionId: string;
    root: string;
}

/** The top-level folders of a session. Sessions can write only there. */
export const WRITABLE_FOLDERS = ["home", "tmp"] as const;

/** A path that cannot be used in a session. The message is for the user and names the path as the session sees it. */
export class SessionPathError extends Error {
    override readonly name = "SessionPathError";
}

const MAX_LINKS = 40;
const MAX_PATH_BYTES = 4095;
const MAX_NAME_BYTES = 255;

/** The parts of a session path, which must be in one of the writable folders. */
export function sessionPathParts(path: string): string[] {
    const parts = anyPathParts(path);
    assertWritable(parts, path);
    return parts;
}

/**
 * The parts of any path: `/home/a//b/` gives `["home", "a", "b"]`. Rejects paths that are not absolute, contain `..` or
 * NUL, or are too long.
 */
export function anyPathParts(path: string): string[] {
    const displayed = shortened(path);
    if (path.includes("\0")) throw new SessionPathError(`path ${displayed} contains a NUL character`);
    if (!path.startsWith("/")) throw new SessionPathError(`path ${displayed} is not absolute`);
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw new SessionPathError(`path ${displayed} is too long`);
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) throw new SessionPathError(`path ${displayed} contains ".."`);
    if (parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) {
        throw new SessionPathError(`path ${displayed} has a component that is too long`);
    }
    return parts;
}

function shortened(path: string): string {
    return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}

/** A path in a writable folder in normal form: without empty or `.` components and without a trailing slash. */
export function normalSessionPath(path: string): string {
    return `/${sessionPathParts(path).join("/")}`;
}

/** Whether a path is in one of the writable folders. */
export function isWritable(parts: readonly string[]): boolean {
    return WRITABLE_FOLDERS.some((folder) => folder === parts[0]);
}

function assertWritable(parts: readonly string[], path: string): void {
    if (!isWritable(parts)) {
        throw new SessionPathError(
            `permission denied: ${shortened(path)} is outside ${WRITABLE_FOLDERS.map((folder) => `/${folder}`).join(" and ")}`,
        );
    }
}

/** What to do if the last component of a path is a symbolic link. */
export type LastLink = "follow" | "keep";

/**
 * Calls `use` with the path on this machine for a session path; it is valid until `use` returns. Its folder exists and
 * stays open. The last component need not exist and may become a link at any moment, so open it with `O_NOFOLLOW`.
 */
export async function withHostPath<T>(
    workspace: Pick<Workspace, "root">,
    path: string,
    use: (hostPath: string) => Promise<T>,
    lastLink: LastLink = "follow",
): Promise<T> {
    const locate = (parts: readonly string[]): Location => {
        assertWritable(parts, path);
        return { hostPath: workspace.root, depth: 0 };
    };
    return withLocatedPath(path, locate, use, lastLink);
}

/** Where the first parts of a session path, as many as `depth`, are on this machine. */
export interface Location {
    hostPath: string;
    depth: number;
}

/** As withHostPath, for sessions that consist of several folders of this machine. */
export async function withLocatedPath<T>(
    path: string,
    locate: (parts: readonly string[]) => Location | Promise<Location>,
    use: (hostPath: string) => Promise<T>,
    lastLink: LastLink = "follow",
): Promise<T> {
    let parts = anyPathParts(path);
    for (let links = 0; links <= MAX_LINKS; links += 1) {
        const { hostPath, depth } = await locate(parts);
        if (depth === parts.length) return use(hostPath);
        const walked = await walk(hostPath, parts, depth, lastLink);
        if ("link" in walked) {
            parts = walked.link;
            continue;
        }
        try {
            return await use(walked.hostPath);
        } finally {
            await walked.folder.close();
        }
    }
    throw new SessionPathError(`path ${JSON.stringify(path)} has too many levels of symbolic links`);
}

type Walked = { folder: FileHandle; hostPath: string } | { link: string[] };

/** Walks from part `depth` on to the folder of the last one. Stops at the first link and returns the path to walk instead. */
async function walk(root: string, parts: readonly string[], depth: number, lastLink: LastLink): Promise<Walked> {
    // The data folder belongs to the user, who may put a link there.
    let folder = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
    let folderPath = root;
    try {
        for (const [offset, part] of parts.slice(depth).entries()) {
            const index = depth + offset;
            const isLast = index === parts.length - 1;
            const hostPath = join(openFolderPath(folder, folderPath), part);
            const target = isLast && lastLink === "keep" ? undefined : await linkTarget(hostPath);
            if (target !== undefined) {
                await folder.close();
                return { link: resolveLink(parts.slice(0, index), target, parts.slice(index + 1)) };
            }
            if (isLast) return { folder, hostPath };
            const next = await openFolder(hostPath);
            await folder.close();
            folder = next;
            folderPath = join(folderPath, part);
        }
        throw new SessionPathError("path is empty");
    } catch (error) {
        await folder.close();
        throw error;
    }
}

async function linkTarget(hostPath: string): Promise<string | undefined> {
    try {
        return await readlink(hostPath);
    } catch {
        // Either not a link or missing. The caller's next file system call finds out which.
        return undefined;
    }
}

/** The path that a link in `folder` leads to, as the session sees it: `..` above the root stays at the root. */
function resolveLink(folder: readonly string[], target: string, rest: readonly string[]): string[] {
    const parts = target.startsWith("/") ? [] : [...folder];
    for (const part of [...target.split("/"), ...rest]) {
        if (part === "..") parts.pop();
        else if (part !== "" && part !== ".") parts.push(part);
    }
    return parts;
}

/** An entry below a folder. Links are listed as `other` and not followed. */
export interface TreeEntry {
    relativePath: string;
    kind: "file" | "directory" | "other";
    size: number;
    modifiedMs: number;
}

/**
 * Lists everything below the folder at `hostPath` (from `withHostPath`), each folder before its contents. Entries that
 * disappear while it runs are left out.
 */
export async function* tree(hostPath: string, prefix = ""): AsyncGenerator<TreeEntry> {
    const folder = await openFolder(hostPath);
    try {
        const folderPath = openFolderPath(folder, hostPath);
        for (const name of (await readdir(folderPath)).sort()) {
            const stats = await lstat(join(folderPath, name)).catch(() => undefined);
            if (stats === undefined) continue;
            const relativePath = prefix + name;
            const kind = stats.isDirectory() ? "directory" : stats.isFile() ? "file" : "other";
            yield { relativePath, kind, size: stats.size, modifiedMs: stats.mtimeMs };
            if (kind !== "directory") continue;
            try {
                yield* tree(join(folderPath, name), `${relativePath}/`);
            } catch (error) {
                if (!isMissing(error)) throw error;
            }
        }
    } finally {
        await folder.close();
    }
}
