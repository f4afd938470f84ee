/** Absolute paths, as sessions see them. */
import { posix } from "node:path";

/** Whether the path is absolute and normalized. A slash at its end is allowed. */
export const isNormalizedAbsolute = (path: string): boolean =>
    path.startsWith("/") &&
    trimTrailingSlash(posix.normalize(path)) === trimTrailingSlash(path) &&
    !path.includes("\0");

/** The path without slashes at its end. The root stays `/`. */
export const trimTrailingSlash = (path: string): string => (path.length > 1 ? path.replace(/\/+$/, "") : path);
