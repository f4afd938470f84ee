import { invalidParameter } from "./apiError";

const LONGEST_KEY = 1024;
const LONGEST_PART = 255;

/**
 * The name of a file within a context: its absolute path in the session, in normal form and without the leading slash. Unlike a
 * session's own paths it may name any folder, since the session need not exist yet.
 */
export function fileKey(path: string): string {
    const key = folderKey(path);
    if (key === "") throw invalidParameter(`${JSON.stringify(path)} is a folder`);
    return key;
}

/** The same for a folder; that of `/` is empty. */
export function folderKey(path: string): string {
    if (!path.startsWith("/")) throw invalidParameter(`${JSON.stringify(path)} is not an absolute path`);
    const parts = path.split("/").filter((part) => part !== "" && part !== ".");
    if (path.includes("\0") || parts.includes(".."))
        throw invalidParameter(`${JSON.stringify(path)} is not a path that a file can have`);
    const key = parts.join("/");
    if (Buffer.byteLength(key) > LONGEST_KEY || parts.some((part) => Buffer.byteLength(part) > LONGEST_PART))
        throw invalidParameter(`the path ${path.slice(0, 60)}… is too long`);
    return key;
}
