/** Absolute paths, as sessions see them. */
import { posix } from "node:path";

/** Whether the path is absolute and normalized. A slash at its end is allowed. */
export const isNormalizedAbsolute = (path: string): boolean =>
    path.startsWith("/") &&
    trimTrailingSlash(posix.normalize(path)) === trimTrailingSlash(path) &&
    !path.includes("\0");

/** The path without slashes at its end. The root stays `/`. */
export const trimTrailingSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, "") : path);

/** The folders that contain an absolute path without a slash at its end, nearest first. */
export function foldersAbove(path: string): string[] {
    const parts = path.split("/").slice(1, -1);
    const folders = parts.map((_, i) => `/${parts.slice(0, parts.length - i).join("/")}`);
    return path === "/" ? [] : [...folders, "/"];
}

/** Whether a path is a folder or below it. Neither has a slash at its end. */
export const isWithin = (path: string, folder: string): boolean =>
    path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
