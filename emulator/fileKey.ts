/** The keys under which a context's files are stored. */
import { invalidParameter } from "./apiError";

const MAX_KEY_BYTES = 1024;
const MAX_COMPONENT_BYTES = 255;

/**
 * The key of a file in a context: its absolute session path in normal form, without the leading slash. Unlike a path in a
 * session, it may name any folder, because the session need not exist yet.
 */
export function fileKey(path: string): string {
    const key = folderKey(path);
    if (key === "") throw invalidParameter(`${JSON.stringify(path)} is a folder`);
    return key;
}

/** The same for a folder; the key of `/` is empty. */
export function folderKey(path: string): string {
    if (!path.startsWith("/")) throw invalidParameter(`${JSON.stringify(path)} is not an absolute path`);
    const components = path.split("/").filter((component) => component !== "" && component !== ".");
    if (path.includes("\0") || components.includes("..")) {
        throw invalidParameter(`${JSON.stringify(path)} is not a valid file path`);
    }
    const key = components.join("/");
    if (
        Buffer.byteLength(key) > MAX_KEY_BYTES ||
        components.some((component) => Buffer.byteLength(component) > MAX_COMPONENT_BYTES)
    ) {
        throw invalidParameter(`the path ${path.slice(0, 60)}… is too long`);
    }
    return key;
}
