/** The tools that read and write files. */
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { z } from "zod";
import { withHostPath, type SessionSpace } from "../paths";
import { errorReason, tool, ToolFailure } from "./tool";

/** More than this a single call neither reads nor edits; the SDKs ask for pieces of 51,200 bytes. */
const LARGEST_READ = 16 * 1024 * 1024;

const path = z.string().describe("Absolute path in the session, under /home or /tmp.");

export const writeFile = tool(
    "write_file",
    "Writes text to a file. Its folder must exist.",
    z.object({
        path,
        content: z.string(),
        mode: z.enum(["overwrite", "append", "create_new"]).default("overwrite"),
    }),
    async (space, args) => {
        const flags =
            constants.O_WRONLY |
            constants.O_CREAT |
            { overwrite: constants.O_TRUNC, append: constants.O_APPEND, create_new: constants.O_EXCL }[args.mode];
        await useFile(space, args.path, flags, (file) => file.writeFile(args.content));
        return `Wrote ${Buffer.byteLength(args.content)} bytes to ${args.path}`;
    },
);

export const readFile = tool(
    "read_file",
    "Reads a file, or a part of it, as text or, with format binary, as base64.",
    z.object({
        path,
        offset: z.number().int().min(0).default(0).describe("Where to begin, in bytes."),
        length: z.number().int().min(0).default(0).describe("How many bytes; 0 reads to the end."),
        format: z.enum(["text", "binary"]).default("text"),
    }),
    (space, args) =>
        useFile(space, args.path, constants.O_RDONLY, async (file) => {
            const { size } = await file.stat();
            const end = args.length === 0 ? size : Math.min(size, args.offset + args.length);
            if (end - args.offset > LARGEST_READ) {
                throw new ToolFailure(
                    `${end - args.offset} bytes are more than one call reads (${LARGEST_READ}); use offset and length`,
                );
            }
            if (args.format === "binary") return (await readBytes(file, args.offset, end)).toString("base64");
            return readCharacters(file, args.offset, end);
        }),
);

export const readMultipleFiles = tool(
    "read_multiple_files",
    "Reads several text files. One that cannot be read says so in its place.",
    z.object({
        paths: z.array(path),
    }),
    async (space, args) => {
        const blocks: string[] = [];
        for (const each of args.paths) {
            const text = await readFile.call(space, { path: each }).then(
                (content) => `\n${content}`,
                (error: unknown) => `Error - ${errorReason(error)}`,
            );
            blocks.push(`${each}: ${text}\n`);
        }
        return blocks.join("\n---\n");
    },
);

export const editFile = tool(
    "edit_file",
    "Replaces texts in a file, each where it first occurs. Nothing is changed where one of them is not found.",
    z.object({
        path,
        edits: z.array(z.object({ oldText: z.string(), newText: z.string() })),
        dryRun: z.boolean().default(false).describe("Only say what would change."),
    }),
    (space, args) =>
        useFile(space, args.path, constants.O_RDWR, async (file) => {
            const { size } = await file.stat();
            if (size > LARGEST_READ)
                throw new ToolFailure(`${size} bytes are more than can be edited (${LARGEST_READ})`);
            let text = (await readBytes(file, 0, size)).toString("utf8");
            for (const { oldText, newText } of args.edits) {
                const at = text.indexOf(oldText);
                if (at === -1) throw new ToolFailure(`text not found: ${JSON.stringify(oldText)}`);
                text = text.slice(0, at) + newText + text.slice(at + oldText.length);
            }
            if (args.dryRun) return `${args.edits.length} edits would be applied to ${args.path}`;
            await file.truncate(0);
            await file.write(text, 0);
            return `${args.edits.length} edits applied to ${args.path}`;
        }),
);

/** Opens a regular file of the session; never a link, a pipe or a device in its place. */
function useFile<T>(
    space: SessionSpace,
    sessionPath: string,
    flags: number,
    use: (file: FileHandle) => Promise<T>,
): Promise<T> {
    return withHostPath(space, sessionPath, async (hostPath) => {
        const file = await open(hostPath, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o644);
        try {
            const found = await file.stat();
            if (found.isDirectory()) throw new ToolFailure("is a directory");
            if (!found.isFile()) throw new ToolFailure("is not a regular file");
            return await use(file);
        } finally {
            await file.close();
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

const LONGEST_CHARACTER = 4;

/**
 * The characters that begin in these bytes: one cut by the beginning belongs to the piece before, one cut by the end is
 * read whole. So the pieces of a text, put together, are the text.
 */
async function readCharacters(file: FileHandle, from: number, to: number): Promise<string> {
    const bytes = await readBytes(file, from, to + LONGEST_CHARACTER - 1);
    const continues = (at: number): boolean => at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80;
    let start = 0;
    while (from > 0 && start < LONGEST_CHARACTER - 1 && continues(start)) start += 1;
    let end = Math.min(bytes.length, to - from);
    while (end < to - from + LONGEST_CHARACTER - 1 && continues(end)) end += 1;
    return bytes.toString("utf8", start, Math.max(start, end));
}
