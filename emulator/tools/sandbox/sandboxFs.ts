/**
 * What a command of a session can see: a private root with the system's programs, read only, the session's own `/home`
 * and `/tmp`, a few devices, and nothing else of this machine.
 */
import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { WRITABLE_FOLDERS, type SessionSpace } from "../../paths";

export interface SandboxFs {
    /** Of this machine, shown at the same path and read only. */
    readOnly: string[];
    /** Symbolic links, by path. */
    links: Record<string, string>;
    /** Texts of files, by path. */
    files: Record<string, string>;
    /** Folders of the session, by the path at which the session has them. */
    writable: Record<string, string>;
}

/** The name that a session's user has. */
export const SESSION_USER = "agb";
export const HOME = "/home";
export const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const SYSTEM = [
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

export async function sandboxFsOf(space: SessionSpace): Promise<SandboxFs> {
    const { readOnly, links } = await (system ??= lookAtSystem());
    return {
        readOnly,
        links,
        files: {
            "/etc/passwd": ids(process.getuid?.())
                .map((id) => `${SESSION_USER}:x:${id}:${id}::${HOME}:/bin/sh\n`)
                .join(""),
            "/etc/group": ids(process.getgid?.())
                .map((id) => `${SESSION_USER}:x:${id}:\n`)
                .join(""),
        },
        writable: Object.fromEntries(WRITABLE_FOLDERS.map((folder) => [`/${folder}`, join(space.root, folder)])),
    };
}

/** The session's user is the one who runs this, or, in a user namespace, may look like root: it has the one name either way. */
function ids(own = 0): number[] {
    return [...new Set([own, 0])];
}

let system: Promise<Pick<SandboxFs, "readOnly" | "links">> | undefined;

async function lookAtSystem(): Promise<Pick<SandboxFs, "readOnly" | "links">> {
    const readOnly: string[] = [];
    const links: Record<string, string> = {};
    // The Node.js that runs this runs the sessions' JavaScript, wherever it is installed.
    for (const path of [...SYSTEM, ...(process.execPath.startsWith("/usr/") ? [] : [process.execPath])]) {
        const found = await lstat(path).catch(() => undefined);
        if (found?.isSymbolicLink()) links[path] = await readlink(path);
        else if (found !== undefined) readOnly.push(path);
    }
    return { readOnly, links };
}
