/**
 * The paths that the file tools can read: the session's own folders and, as for its commands, those of the system, such as
 * `/usr` and `/etc`. Devices and processes are not among them.
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { lstat, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { anyPathParts, isWritable, withLocatedPath, SessionPathError, type Location, type Workspace } from "../paths";
import { sandboxFsOf, type SandboxFs } from "./sandbox/sandboxFs";

/** As withHostPath, for reading only. */
export function withReadablePath<T>(
    workspace: Workspace,
    path: string,
    use: (hostPath: string) => Promise<T>,
): Promise<T> {
    return withLocatedPath(path, (parts) => locate(workspace, parts), use);
}

async function locate(workspace: Workspace, parts: readonly string[]): Promise<Location> {
    if (isWritable(parts)) return { hostPath: workspace.root, depth: 0 };
    // Elsewhere there are no commands, so nothing of the machine belongs to a session.
    if (process.platform !== "linux") {
        throw new SessionPathError(`permission denied: /${parts.join("/")} is outside /home and /tmp`);
    }
    const fs = await sandboxFsOf(workspace);
    for (const [path, hostPath] of Object.entries(fs.readOnly)) {
        const mount = anyPathParts(path);
        if (mount.every((part, index) => part === parts[index])) return { hostPath, depth: mount.length };
    }
    return { hostPath: await outlineOf(workspace, fs), depth: 0 };
}

/** A folder with everything outside of the system's and the session's folders: their parents, links and small files. */
async function outlineOf(workspace: Workspace, { readOnly, writable, links, files }: SandboxFs): Promise<string> {
    const outline = join(dirname(workspace.root), "outline");
    if (existsSync(outline)) return outline;
    const draft = `${outline}-${randomUUID()}`;
    for (const path of [...Object.keys(writable), "/dev", "/proc"]) await mkdir(draft + path, { recursive: true });
    for (const [path, hostPath] of Object.entries(readOnly)) await putLike(hostPath, draft + path);
    for (const [path, target] of Object.entries(links)) {
        await mkdir(dirname(draft + path), { recursive: true });
        await symlink(target, draft + path);
    }
    for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(draft + path), { recursive: true });
        await writeFile(draft + path, text);
    }
    // Another call may have been faster.
    await rename(draft, outline).catch(() => rm(draft, { recursive: true, force: true }));
    return outline;
}

/** Puts an empty folder, or an empty file, of the same kind as another. */
async function putLike(original: string, path: string): Promise<void> {
    if ((await lstat(original)).isDirectory()) {
        await mkdir(path, { recursive: true });
    } else {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, "");
    }
}
