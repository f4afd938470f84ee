/** Carries out a copy plan between two trees. */
import { createWriteStream } from "node:fs";
import { unlink, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { forEachConcurrently } from "../../common/concurrency";
import type { Tree } from "../disk/tree";
import { messageWithoutPaths } from "../messageWithoutPaths";
import type { CopyPlan } from "./plan";

const CONCURRENCY = 8;
const CHUNK_BYTES = 256 * 1024;

/** One side of a copy: a tree, and where the files named in a plan are in it. */
export interface Side {
    tree: Tree;
    path(relativePath: string): string;
}

/**
 * Copies the planned files, and those of equal size whose content differs. `commit` moves a complete draft to its path.
 * Returns whether there was anything to copy.
 */
export async function copyFiles(
    plan: CopyPlan,
    from: Side,
    to: Side,
    newDraft: () => string,
    commit: (draft: string, path: string) => Promise<void>,
): Promise<boolean> {
    let hasCopied = plan.copy.length > 0;
    const copy = async (relativePath: string): Promise<void> => {
        const source = await from.tree.read(from.path(relativePath));
        // The file was deleted after it was listed.
        if (source === undefined) return;
        const draft = newDraft();
        try {
            const { mode } = await source.stat();
            await pipeline(
                source.createReadStream({ highWaterMark: CHUNK_BYTES }),
                createWriteStream(draft, { mode: mode & 0o777, highWaterMark: CHUNK_BYTES }),
            );
            await commit(draft, to.path(relativePath));
        } catch (error) {
            await unlink(draft).catch(() => undefined);
            throw error;
        }
    };
    await forEachConcurrently(plan.copy, CONCURRENCY, (path) => copy(path).catch(withPath(from, path)));
    await forEachConcurrently(plan.compare, CONCURRENCY, async (path) => {
        if (await hasSameContent(from, to, path).catch(withPath(from, path))) return;
        hasCopied = true;
        await copy(path).catch(withPath(from, path));
    });
    return hasCopied;
}

/** Adds the path to an error. */
const withPath =
    (from: Side, relativePath: string) =>
    (error: unknown): never => {
        throw new Error(`/${from.path(relativePath)}: ${messageWithoutPaths(error)}`, { cause: error });
    };

async function hasSameContent(from: Side, to: Side, relativePath: string): Promise<boolean> {
    const source = await from.tree.read(from.path(relativePath));
    try {
        const target = await to.tree.read(to.path(relativePath));
        try {
            return source !== undefined && target !== undefined && (await hasSameBytes(source, target));
        } finally {
            await target?.close();
        }
    } finally {
        await source?.close();
    }
}

/** Compares the contents of two open files. */
export async function hasSameBytes(source: FileHandle, target: FileHandle): Promise<boolean> {
    const buffers = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;
    for (;;) {
        const [a, b] = await Promise.all([readChunk(source, buffers[0]), readChunk(target, buffers[1])]);
        if (!a.equals(b)) return false;
        if (a.length < CHUNK_BYTES) return true;
    }
}

/** Reads until the buffer is full or the file ends. */
async function readChunk(handle: FileHandle, buffer: Buffer): Promise<Buffer> {
    let length = 0;
    for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
        length += bytesRead;
        if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
}
