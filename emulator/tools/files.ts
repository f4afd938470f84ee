/** The tools that read and write files. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import {
    access,
    chmod,
    link,
    lstat,
    open,
    rename,
    rm,
    writeFile as writeText,
    type FileHandle,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { withHostPath, type Workspace } from "../paths";
import { withReadablePath } from "./readablePaths";
import { errorReason, tool, ToolFailure } from "./tool";

/** The maximum that a single call reads or edits. The SDKs read in pieces of 51,200 bytes. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

const path = z.string().describe("Absolute path in the session, under /home or /tmp.");
const readablePath = z.string().describe("Absolute path in the session.");

export const writeFile = tool(
    "write_file",
    "Writes text to a file. Its folder must exist.",
    z.object({
        path,
        content: z.string(),
        mode: z.enum(["overwrite", "append", "create_new"]).default("overwrite"),
    }),
    async (workspace, args) => {
        if (args.mode === "append") {
            const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND;
            await withFile(withHostPath, workspace, args.path, flags, (file) => file.writeFile(args.content));
        } else {
            await putFile(workspace, args.path, args.content, args.mode);
        }
        return `Wrote ${Buffer.byteLength(args.content)} bytes to ${args.path}`;
    },
);

export const readFile = tool(
    "read_file",
    "Reads a file or a part of it, as text or, with format binary, as base64.",
    z.object({
        path: readablePath,
        offset: z.number().int().min(0).default(0).describe("Where to start, in bytes."),
        length: z.number().int().min(0).default(0).describe("How many bytes; 0 reads to the end."),
        format: z.enum(["text", "binary"]).default("text"),
    }),
    (workspace, args) =>
        withFile(withReadablePath, workspace, args.path, constants.O_RDONLY, async (file) => {
            const { size } = await file.stat();
            const end = args.length === 0 ? size : Math.min(size, args.offset + args.length);
            if (end - args.offset > MAX_READ_BYTES) {
                throw new ToolFailure(
                    `${end - args.offset} bytes exceed the maximum of one call (${MAX_READ_BYTES}). Use offset and length`,
                );
            }
            if (args.format === "binary") return (await readBytes(file, args.offset, end)).toString("base64");
            return readCharacters(file, args.offset, end);
        }),
);

export const readMultipleFiles = tool(
    "read_multiple_files",
    "Reads several text files. A file that cannot be read yields an error in its place.",
    z.object({
        paths: z.array(readablePath),
    }),
    async (workspace, args) => {
        const blocks: string[] = [];
        for (const file of args.paths) {
            const text = await readFile.call(workspace, { path: file }).then(
                (content) => `\n${content}`,
                (error: unknown) => `Error - ${errorReason(error)}`,
            );
            blocks.push(`${file}: ${text}\n`);
        }
        return blocks.join("\n---\n");
    },
);

export const editFile = tool(
    "edit_file",
    "Replaces the first occurrence of each text in a file. If a text is not found, nothing is changed.",
    z.object({
        path,
        edits: z.array(z.object({ oldText: z.string(), newText: z.string() })),
        dryRun: z.boolean().default(false).describe("Only report what would change."),
    }),
    (workspace, args) =>
        withFile(withHostPath, workspace, args.path, constants.O_RDONLY, async (file) => {
            const { size } = await file.stat();
            if (size > MAX_READ_BYTES) {
                throw new ToolFailure(`the file has ${size} bytes; at most ${MAX_READ_BYTES} can be edited`);
            }
            let text = (await readBytes(file, 0, size)).toString("utf8");
            for (const { oldText, newText } of args.edits) {
                const index = text.indexOf(oldText);
                if (index === -1) throw new ToolFailure(`text not found: ${JSON.stringify(oldText)}`);
                text = text.slice(0, index) + newText + text.slice(index + oldText.length);
            }
            if (args.dryRun) return `${args.edits.length} edits would be applied to ${args.path}`;
            await putFile(workspace, args.path, text, "overwrite");
            return `${args.edits.length} edits applied to ${args.path}`;
        }),
);

/** Opens a regular file of the session, and never a link, pipe or device. */
function withFile<T>(
    withPath: typeof withReadablePath,
    workspace: Workspace,
    sessionPath: string,
    flags: number,
    use: (file: FileHandle) => Promise<T>,
): Promise<T> {
    return withPath(workspace, sessionPath, async (hostPath) => {
        const file = await open(hostPath, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o644);
        try {
            const stats = await file.stat();
            if (stats.isDirectory()) throw new ToolFailure("is a directory");
            if (!stats.isFile()) throw new ToolFailure("is not a regular file");
            return await use(file);
        } finally {
            await file.close();
        }
    });
}

/** Puts a file at a path in one step: a reader or watcher never sees a part of it. */
function putFile(
    workspace: Workspace,
    sessionPath: string,
    text: string,
    mode: "overwrite" | "create_new",
): Promise<void> {
    return withHostPath(workspace, sessionPath, async (hostPath) => {
        const existing = await lstat(hostPath).catch(() => undefined);
        if (existing !== undefined) {
            if (mode === "create_new") throw new ToolFailure("already exists");
            if (existing.isDirectory()) throw new ToolFailure("is a directory");
            if (!existing.isFile()) throw new ToolFailure("is not a regular file");
            await access(hostPath, constants.W_OK);
        }
        // On the same disk, but not in the session.
        const draft = join(dirname(workspace.root), `draft-${randomUUID()}`);
        try {
            await writeText(draft, text, { flag: "wx", mode: 0o644 });
            if (existing !== undefined) await chmod(draft, existing.mode & 0o7777);
            if (mode === "create_new") await link(draft, hostPath);
            else await rename(draft, hostPath);
        } finally {
            await rm(draft, { force: true });
        }
    });
}

async function readBytes(file: FileHandle, from: number, to: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.max(0, to - from));
    let filled = 0;
    while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
    }
    return buffer.subarray(0, filled);
}

const MAX_UTF8_BYTES = 4;

/**
 * The characters that start in this range of bytes: a character cut off at the start belongs to the previous range, and
 * one cut off at the end is completed. So consecutive ranges add up to the whole text.
 */
async function readCharacters(file: FileHandle, from: number, to: number): Promise<string> {
    const bytes = await readBytes(file, from, to + MAX_UTF8_BYTES - 1);
    const isContinuation = (index: number): boolean => index < bytes.length && ((bytes[index] ?? 0) & 0xc0) === 0x80;
    let start = 0;
    while (from > 0 && start < MAX_UTF8_BYTES - 1 && isContinuation(start)) start += 1;
    let end = Math.min(bytes.length, to - from);
    while (end < to - from + MAX_UTF8_BYTES - 1 && isContinuation(end)) end += 1;
    return bytes.toString("utf8", start, Math.max(start, end));
}
