/**
 * Where a path of a session lies on this machine. The one module that turns the first into the second, and so the one
 * that keeps everything else inside the session's own folder.
 *
 * A session can make symbolic links, and its commands may go on while a file tool works. So a path is never checked
 * first and opened afterwards: it is walked folder by folder, each opened from the one before without following links
 * (`/proc/self/fd/N/name`, where the platform has it), and the folder at the end is held open while it is used. A link
 * is followed by hand, as the session would see it: an absolute target starts at the session's own root.
 */
import { constants } from "node:fs";
import { access, lstat, open, readdir, readlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";

/** The private disk of a session: session path `/home/x` is `<root>/home/x`. */
export interface SessionSpace {
    sessionId: string;
    root: string;
}

/** The folders that a session has, and may write to. */
export const WRITABLE_FOLDERS = ["home", "tmp"] as const;

/** A path that cannot be used in a session. The message is for the user and names the path as the session sees it. */
export class SessionPathError extends Error {
    override readonly name = "SessionPathError";
}

const MOST_LINKS = 40;
const LONGEST_PATH = 4095;
const LONGEST_NAME = 255;

/**
 * The parts of a session path: `/home/a//b/` gives `["home", "a", "b"]`. Refuses what is not absolute, holds `..` or
 * NUL, is too long, or lies outside of the writable folders.
 */
export function sessionPathParts(path: string): string[] {
    const shown = JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
    if (path.includes("\0")) throw new SessionPathError(`path ${shown} holds a NUL character`);
    if (!path.startsWith("/")) throw new SessionPathError(`path ${shown} is not absolute`);
    if (Buffer.byteLength(path) > LONGEST_PATH) throw new SessionPathError(`path ${shown} is too long`);
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (parts.includes("..")) throw new SessionPathError(`path ${shown} holds ".."`);
    if (parts.some((part) => Buffer.byteLength(part) > LONGEST_NAME))
        throw new SessionPathError(`path ${shown} has a name that is too long`);
    refuseOutside(parts, shown);
    return parts;
}

/** A session path in its one normal form: no double, trailing or dot parts. */
export function normalSessionPath(path: string): string {
    return `/${sessionPathParts(path).join("/")}`;
}

function refuseOutside(parts: readonly string[], shown: string): void {
    if (!WRITABLE_FOLDERS.some((folder) => folder === parts[0])) {
        throw new SessionPathError(
            `permission denied: ${shown} is outside of ${WRITABLE_FOLDERS.map((folder) => `/${folder}`).join(" and ")}`,
        );
    }
}

/** How the last part of a path is treated where it is a symbolic link. */
export type LastLink = "follow" | "keep";

/**
 * Calls `use` with a path on this machine for `path` of the session; it is good until `use` ends. Its folder exists and
 * is held open; the last part need not exist, and may become a link at any moment, so open it with `O_NOFOLLOW`.
 */
export async function withHostPath<T>(
    space: Pick<SessionSpace, "root">,
    path: string,
    use: (hostPath: string) => Promise<T>,
    lastLink: LastLink = "follow",
): Promise<T> {
    let parts = sessionPathParts(path);
    for (let links = 0; links <= MOST_LINKS; links += 1) {
        const walked = await walk(space.root, parts, lastLink);
        if ("link" in walked) {
            parts = walked.link;
            refuseOutside(parts, JSON.stringify(path));
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

/** Walks down to the folder of the last part, or to the first link on the way, which it gives as the path to walk instead. */
async function walk(root: string, parts: readonly string[], lastLink: LastLink): Promise<Walked> {
    let folder = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
    let folderPath = root;
    try {
        for (const [index, part] of parts.entries()) {
            const last = index === parts.length - 1;
            const hostPath = join(await openFolderPath(folder, folderPath), part);
            const target = last && lastLink === "keep" ? undefined : await linkTarget(hostPath);
            if (target !== undefined) {
                await folder.close();
                return { link: linkedParts(parts.slice(0, index), target, parts.slice(index + 1)) };
            }
            if (last) return { folder, hostPath };
            const next = await open(hostPath, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
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

/** A path through the open folder itself, so that nobody can put another in its place; its plain path where there is no /proc. */
async function openFolderPath(folder: FileHandle, plainPath: string): Promise<string> {
    return (await procExists()) ? `/proc/self/fd/${folder.fd}` : plainPath;
}

let procFound: Promise<boolean> | undefined;
function procExists(): Promise<boolean> {
    return (procFound ??= access("/proc/self/fd").then(
        () => true,
        () => false,
    ));
}

async function linkTarget(hostPath: string): Promise<string | undefined> {
    try {
        return await readlink(hostPath);
    } catch {
        // Not a link, or not there: the caller's own call says which.
        return undefined;
    }
}

/** Where a link in `folder` leads, as the session sees it, where `..` above the root stays at the root. */
function linkedParts(folder: readonly string[], target: string, rest: readonly string[]): string[] {
    const parts = target.startsWith("/") ? [] : [...folder];
    for (const part of [...target.split("/"), ...rest]) {
        if (part === "..") parts.pop();
        else if (part !== "" && part !== ".") parts.push(part);
    }
    return parts;
}

/** Something below a folder: its path from there, and what it is. Links are told as such and not followed. */
export interface TreeEntry {
    relativePath: string;
    kind: "file" | "directory" | "other";
    size: number;
    modifiedMs: number;
}

/** Everything below the folder at `hostPath` (as `useHostPath` gives it), a folder before what it holds. What vanishes meanwhile is left out. */
export async function* tree(hostPath: string, prefix = ""): AsyncGenerator<TreeEntry> {
    const folder = await open(hostPath, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
        const held = await openFolderPath(folder, hostPath);
        for (const name of (await readdir(held)).sort()) {
            const found = await lstat(join(held, name)).catch(() => undefined);
            if (found === undefined) continue;
            const relativePath = prefix + name;
            const kind = found.isDirectory() ? "directory" : found.isFile() ? "file" : "other";
            yield { relativePath, kind, size: found.size, modifiedMs: found.mtimeMs };
            if (kind !== "directory") continue;
            try {
                yield* tree(join(held, name), `${relativePath}/`);
            } catch (error) {
                if (!isGone(error)) throw error;
            }
        }
    } finally {
        await folder.close();
    }
}

/** Whether a file system call failed because what it was for is not there, or no longer what it was. */
function isGone(error: unknown): boolean {
    return error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR", "ELOOP"].includes(String(error.code));
}
