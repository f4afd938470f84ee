/** Absolute paths, as sessions see them. */
import { posix } from "node:path";

/** Whether the path is absolute and normalized. A slash at its end is allowed. */
export const isNormalizedAbsolute = (path: string): boolean =>
    path.startsWith("/") &&
    trimTrailingSlash(posix.normalize(path)) === trimTrailingSlash(path) &&
    !path.includes("\0");

/** The path without slashes at its end. The root stays `/`. */
export function trimTrailingSlash(path: string): string {
    let end = path.length;
    while (end > 1 && path[end - 1] === "/") end--;
    return path.slice(0, end);
}

/** The folders that contain an absolute path without a slash at its end, nearest first. */
export function foldersAbove(path: string): string[] {
    const folders: string[] = [];
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        folders.push(path.slice(0, end));
    }
    return path === "/" ? folders : [...folders, "/"];
}

/** Whether a path is a folder or below it. Neither has a slash at its end. */
export const isWithin = (path: string, folder: string): boolean =>
    path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);

/** Folders that a session can write to. */
const WRITABLE = /^\/(?:home|tmp)(?:\/|$)/;

export const isWritablePath = (path: string): boolean => WRITABLE.test(path);
