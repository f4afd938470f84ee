/** The tools that look at folders and move things about. */
import { lstat, mkdir, readdir, rename, rmdir, unlink } from "node:fs/promises";
import picomatch from "picomatch";
import { z } from "zod";
import { normalSessionPath, sessionPathParts, tree, withHostPath, type SessionSpace } from "../paths";
import { SESSION_USER } from "./sandbox/sandboxFs";
import { tool, ToolFailure } from "./tool";

const path = z.string().describe("Absolute path in the session, under /home or /tmp.");

export const createDirectory = tool(
    "create_directory",
    "Makes a folder, and those above it. One that exists is fine.",
    z.object({ path }),
    async (space, args) => {
        const parts = sessionPathParts(args.path);
        for (let depth = 1; depth <= parts.length; depth += 1) {
            await withHostPath(space, `/${parts.slice(0, depth).join("/")}`, (hostPath) => makeFolder(hostPath));
        }
        return `Created ${args.path}`;
    },
);

async function makeFolder(hostPath: string): Promise<void> {
    try {
        await mkdir(hostPath);
    } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
        if (!(await lstat(hostPath)).isDirectory()) throw new ToolFailure("a file is in the way");
    }
}

export const listDirectory = tool(
    "list_directory",
    "Lists a folder: a line for each thing in it, [FILE] or [DIR] and its name.",
    z.object({ path }),
    (space, args) =>
        withHostPath(space, args.path, async (hostPath) => {
            const entries = await readdir(hostPath, { withFileTypes: true });
            return entries
                .map((entry) => `[${entry.isDirectory() ? "DIR" : "FILE"}] ${entry.name}`)
                .sort()
                .join("\n");
        }),
);

export const getFileInfo = tool(
    "get_file_info",
    "Tells size, kind, time and owner of a file or folder.",
    z.object({ path }),
    (space, args) =>
        withHostPath(space, args.path, async (hostPath) => {
            const found = await lstat(hostPath);
            const shown = normalSessionPath(args.path);
            return Object.entries({
                name: shown.slice(shown.lastIndexOf("/") + 1),
                path: shown,
                size: found.size,
                isDirectory: found.isDirectory(),
                modTime: found.mtime.toISOString(),
                mode: (found.mode & 0o7777).toString(8).padStart(4, "0"),
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
    (space, args) =>
        withHostPath(
            space,
            refuseTop(args.path),
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
    "Moves or renames a file or folder. Nothing may be at the destination yet.",
    z.object({ source: path, destination: path }),
    (space, args) =>
        withHostPath(
            space,
            refuseTop(args.source),
            (from) =>
                withHostPath(
                    space,
                    refuseTop(args.destination),
                    async (to) => {
                        await lstat(from);
                        if (
                            await lstat(to).then(
                                () => true,
                                () => false,
                            )
                        )
                            throw new ToolFailure(`destination ${args.destination} exists already`);
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
    "Finds files and folders below a path by a pattern such as *.txt, or by a part of their name.",
    z.object({
        path,
        pattern: z.string().min(1),
        excludePatterns: z.array(z.string()).default([]),
    }),
    async (space, args) => {
        const wanted = nameMatcher(args.pattern);
        const excluded = args.excludePatterns.map(nameMatcher);
        const found: string[] = [];
        await eachBelow(space, args.path, (relativePath) => {
            if (wanted(relativePath) && !excluded.some((matches) => matches(relativePath)))
                found.push(`${normalSessionPath(args.path)}/${relativePath}`);
        });
        return found.length === 0 ? "No matches found" : found.join("\n");
    },
);

async function eachBelow(space: SessionSpace, folder: string, use: (relativePath: string) => void): Promise<void> {
    await withHostPath(space, folder, async (hostPath) => {
        for await (const { relativePath } of tree(hostPath)) use(relativePath);
    });
}

/** A pattern with wildcards is matched to the name, or to the path where it holds a slash; any other text is looked for in the name, in either case. */
function nameMatcher(pattern: string): (relativePath: string) => boolean {
    const { isGlob } = picomatch.scan(pattern);
    if (isGlob) return picomatch(pattern, { basename: !pattern.includes("/"), dot: true });
    const wanted = pattern.toLowerCase();
    return (relativePath) =>
        relativePath
            .slice(relativePath.lastIndexOf("/") + 1)
            .toLowerCase()
            .includes(wanted) || relativePath === pattern;
}

/** `/home` and `/tmp` themselves are the session's, not the user's to move or delete. */
function refuseTop(sessionPath: string): string {
    if (sessionPathParts(sessionPath).length === 1)
        throw new ToolFailure(`permission denied: ${sessionPath} belongs to the session itself`);
    return sessionPath;
}
