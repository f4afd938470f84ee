/** The tools that inspect folders, and move and delete files. */
import { lstat, mkdir, readdir, rename, rmdir, unlink } from "node:fs/promises";
import picomatch from "picomatch";
import { z } from "zod";
import { anyPathParts, sessionPathParts, tree, withHostPath, type Workspace } from "../paths";
import { withReadablePath } from "./readablePaths";
import { SESSION_USER } from "./sandbox/sandboxFs";
import { tool, ToolFailure } from "./tool";

const path = z.string().describe("Absolute path in the session, under /home or /tmp.");
const readablePath = z.string().describe("Absolute path in the session.");

export const createDirectory = tool(
    "create_directory",
    "Creates a folder and its missing parents. Does nothing if it already exists.",
    z.object({ path }),
    async (workspace, args) => {
        const parts = sessionPathParts(args.path);
        for (let depth = 1; depth <= parts.length; depth += 1) {
            await withHostPath(workspace, `/${parts.slice(0, depth).join("/")}`, (hostPath) => createFolder(hostPath));
        }
        return `Created ${args.path}`;
    },
);

async function createFolder(hostPath: string): Promise<void> {
    try {
        await mkdir(hostPath);
    } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        if (!(await lstat(hostPath)).isDirectory()) throw new ToolFailure("a file with that name exists");
    }
}

export const listDirectory = tool(
    "list_directory",
    "Lists a folder: one line per entry, with [FILE] or [DIR] and the name.",
    z.object({ path: readablePath }),
    (workspace, args) =>
        withReadablePath(workspace, args.path, async (hostPath) => {
            const entries = await readdir(hostPath, { withFileTypes: true });
            return entries
                .map((entry) => `[${entry.isDirectory() ? "DIR" : "FILE"}] ${entry.name}`)
                .sort()
                .join("\n");
        }),
);

export const getFileInfo = tool(
    "get_file_info",
    "Reports size, kind, modification time and owner of a file or folder.",
    z.object({ path: readablePath }),
    (workspace, args) =>
        withReadablePath(workspace, args.path, async (hostPath) => {
            const stats = await lstat(hostPath);
            const displayed = `/${anyPathParts(args.path).join("/")}`;
            return Object.entries({
                name: displayed.slice(displayed.lastIndexOf("/") + 1),
                path: displayed,
                size: stats.size,
                isDirectory: stats.isDirectory(),
                modTime: stats.mtime.toISOString(),
                mode: (stats.mode & 0o7777).toString(8).padStart(4, "0"),
                owner: SESSION_USER,
                group: SESSION_USER,
            })
                .map(([key, value]) => `${key}: ${value}`)
                .join("\n");
        }),
);

export const deleteFile = tool(
    "delete_file",
    "Deletes a file, a link, or an empty folder.",
    z.object({ path }),
    (workspace, args) =>
        withHostPath(
            workspace,
            assertNotTopLevel(args.path),
            async (hostPath) => {
                if ((await lstat(hostPath)).isDirectory()) await rmdir(hostPath);
                else await unlink(hostPath);
                return `Deleted ${args.path}`;
            },
            "keep",
        ),
);

export const moveFile = tool(
    "move_file",
    "Moves or renames a file or folder. The destination must not exist.",
    z.object({ source: path, destination: path }),
    (workspace, args) =>
        withHostPath(
            workspace,
            assertNotTopLevel(args.source),
            (from) =>
                withHostPath(
                    workspace,
                    assertNotTopLevel(args.destination),
                    async (to) => {
                        await lstat(from);
                        if (
                            await lstat(to).then(
                                () => true,
                                () => false,
                            )
                        ) {
                            throw new ToolFailure(`destination ${args.destination} already exists`);
                        }
                        await rename(from, to);
                        return `Moved ${args.source} to ${args.destination}`;
                    },
                    "keep",
                ),
            "keep",
        ),
);

export const searchFiles = tool(
    "search_files",
    "Finds files and folders below a path that match a pattern such as *.txt or contain a text in their name.",
    z.object({
        path: readablePath,
        pattern: z.string().min(1),
        excludePatterns: z.array(z.string()).default([]),
    }),
    async (workspace, args) => {
        const isMatch = nameMatcher(args.pattern);
        const exclusions = args.excludePatterns.map(nameMatcher);
        const folder = anyPathParts(args.path).map((part) => `/${part}`);
        const matches: string[] = [];
        await forEachBelow(workspace, args.path, (relativePath) => {
            if (isMatch(relativePath) && !exclusions.some((isExcluded) => isExcluded(relativePath))) {
                matches.push([...folder, `/${relativePath}`].join(""));
            }
        });
        return matches.length === 0 ? "No matches found" : matches.join("\n");
    },
);

async function forEachBelow(
    workspace: Workspace,
    folder: string,
    visit: (relativePath: string) => void,
): Promise<void> {
    await withReadablePath(workspace, folder, async (hostPath) => {
        for await (const { relativePath } of tree(hostPath)) visit(relativePath);
    });
}

/**
 * A glob without a slash matches the name, one with a slash the path. Any other text matches if the name contains it,
 * ignoring case.
 */
function nameMatcher(pattern: string): (relativePath: string) => boolean {
    const { isGlob } = picomatch.scan(pattern);
    if (isGlob) return picomatch(pattern, { basename: !pattern.includes("/"), dot: true });
    const text = pattern.toLowerCase();
    return (relativePath) =>
        relativePath
            .slice(relativePath.lastIndexOf("/") + 1)
            .toLowerCase()
            .includes(text) || relativePath === pattern;
}

/** Rejects `/home` and `/tmp` themselves, which cannot be moved or deleted. */
function assertNotTopLevel(sessionPath: string): string {
    if (sessionPathParts(sessionPath).length === 1) {
        throw new ToolFailure(`permission denied: ${sessionPath} is a system folder of the session`);
    }
    return sessionPath;
}
