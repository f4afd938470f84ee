/** Makes an existing data folder private to its user: it holds keys, tokens and files of sandboxes. */
import { chmod, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageWithoutPaths } from "../messageWithoutPaths";

const OWN_FILES = [
    "api-key",
    "console-token",
    "console.html",
    "history.jsonl",
    "server.json",
    "server.log",
    "signing-key",
    "state.jsonl",
    // Of earlier releases.
    "page-token",
    "status-page.html",
];
const OWN_FOLDERS = ["attempts", "context-notes", "contexts", "incoming", "lock", "sessions", "trash", "unsaved"];
const OTHERS = 0o077;

/**
 * Takes the permissions of other users from everything that belongs to the server in a folder, and from the folder itself
 * unless it contains something else.
 */
export async function makePrivate(dataFolder: string, warn: (message: string) => void): Promise<void> {
    if (process.platform === "win32") return;
    const names = await readdir(dataFolder);
    const own = names.filter((name) => OWN_FILES.includes(name) || OWN_FOLDERS.includes(name));
    const paths = own.map((name) => join(dataFolder, name));
    if (own.length === names.length) paths.push(dataFolder);
    for (const path of paths) {
        try {
            const stats = await lstat(path);
            if (stats.isSymbolicLink() || (stats.mode & OTHERS) === 0) continue;
            await chmod(path, stats.mode & 0o7777 & ~OTHERS);
        } catch (error) {
            warn(`other users may be able to read ${path}, and this cannot be changed: ${messageWithoutPaths(error)}`);
        }
    }
}
