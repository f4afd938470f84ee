/**
 * The file system that a session's commands see: a private root with the system's programs (read-only), the session's own
 * `/home` and `/tmp`, a few devices, and nothing else of this machine.
 */
import { existsSync } from "node:fs";
import { lstat, readlink } from "node:fs/promises";
import { join } from "node:path";
import { WRITABLE_FOLDERS, type Workspace } from "../../paths";
import { mountTable, type MountPoint } from "./mountTable";

export interface SandboxFs {
    /** Paths on this machine that are visible read-only, by the path at which the session sees them. */
    readOnly: Record<string, string>;
    /** Targets of symbolic links, by path. */
    links: Record<string, string>;
    /** Contents of text files, by path. */
    files: Record<string, string>;
    /** Folders of the session on this machine, by the path at which the session sees them. */
    writable: Record<string, string>;
    /** The size of /dev/shm, the only other place where the session can write. */
    sharedMemoryBytes: number;
    /** The mount points of this machine. */
    mountPoints: MountPoint[];
}

/** The name of a session's user. */
export const SESSION_USER = "agb";
export const HOME = "/home";
/** Programs that sessions have, and this machine elsewhere or not under that name. */
const EXTRA_PROGRAMS = "/opt/bin";
export const NODE = `${EXTRA_PROGRAMS}/node`;
const SYSTEM_PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
export const PATH = `${SYSTEM_PROGRAMS}:${EXTRA_PROGRAMS}`;
/** As much as Docker gives a container. */
const SHARED_MEMORY_BYTES = 64 * 1024 ** 2;

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
            // Every system has logs, and examples of AGB's documentation list and pack them.
            "/var/log/dpkg.log": "",
        },
        writable: Object.fromEntries(WRITABLE_FOLDERS.map((folder) => [`/${folder}`, join(workspace.root, folder)])),
        sharedMemoryBytes: SHARED_MEMORY_BYTES,
        mountPoints: await mountTable(),
    };
}

/** A session runs as the user of this process, or appears as root in a user namespace. It has the same name either way. */
function visibleIds(own = 0): number[] {
    return [...new Set([own, 0])];
}

let systemFs: Promise<Pick<SandboxFs, "readOnly" | "links">> | undefined;

async function inspectSystem(): Promise<Pick<SandboxFs, "readOnly" | "links">> {
    const readOnly: Record<string, string> = {};
    const links: Record<string, string> = {};
    for (const path of SYSTEM_PATHS) {
        const stats = await lstat(path).catch(() => undefined);
        if (stats?.isSymbolicLink()) links[path] = await readlink(path);
        else if (stats !== undefined) readOnly[path] = path;
    }
    // The Node.js that runs this process also runs the sessions' JavaScript, wherever it is installed.
    readOnly[NODE] = process.execPath;
    const python = SYSTEM_PROGRAMS.split(":")
        .map((folder) => join(folder, "python3"))
        .find((path) => existsSync(path));
    if (python !== undefined) links[join(EXTRA_PROGRAMS, "python")] = python;
    return { readOnly, links };
}
