/**
 * The file system that a session's commands see: a private root with the system's programs (read-only), the session's own
 * `/home` and `/tmp`, a few devices, and nothing else of this machine.
 */
import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { WRITABLE_FOLDERS, type Workspace } from "../../paths";

export interface SandboxFs {
    /** Paths on this machine that appear at the same path, read-only. */
    readOnly: string[];
    /** Targets of symbolic links, by path. */
    links: Record<string, string>;
    /** Contents of text files, by path. */
    files: Record<string, string>;
    /** Folders of the session on this machine, by the path at which the session sees them. */
    writable: Record<string, string>;
}

/** The name of a session's user. */
export const SESSION_USER = "agb";
export const HOME = "/home";
export const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const SYSTEM_PATHS = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/etc/alternatives",
    "/etc/ld.so.cache",
];

export async function sandboxFsOf(workspace: Workspace): Promise<SandboxFs> {
    const { readOnly, links } = await (systemFs ??= inspectSystem());
    return {
        readOnly,
        links,
        files: {
            "/etc/passwd": visibleIds(process.getuid?.())
                .map((id) => `${SESSION_USER}:x:${id}:${id}::${HOME}:/bin/sh\n`)
                .join(""),
            "/etc/group": visibleIds(process.getgid?.())
                .map((id) => `${SESSION_USER}:x:${id}:\n`)
                .join(""),
        },
        writable: Object.fromEntries(WRITABLE_FOLDERS.map((folder) => [`/${folder}`, join(workspace.root, folder)])),
    };
}

/** A session runs as the user of this process, or appears as root in a user namespace. It has the same name either way. */
function visibleIds(own = 0): number[] {
    return [...new Set([own, 0])];
}

let systemFs: Promise<Pick<SandboxFs, "readOnly" | "links">> | undefined;

async function inspectSystem(): Promise<Pick<SandboxFs, "readOnly" | "links">> {
    const readOnly: string[] = [];
    const links: Record<string, string> = {};
    // The Node.js that runs this process also runs the sessions' JavaScript, wherever it is installed.
    for (const path of [...SYSTEM_PATHS, ...(process.execPath.startsWith("/usr/") ? [] : [process.execPath])]) {
        const stats = await lstat(path).catch(() => undefined);
        if (stats?.isSymbolicLink()) links[path] = await readlink(path);
        else if (stats !== undefined) readOnly.push(path);
    }
    return { readOnly, links };
}
