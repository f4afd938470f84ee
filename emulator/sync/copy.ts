import { createWriteStream } from "node:fs";
import { unlink, type FileHandle } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { Tree } from "../disk/tree";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { forEachConcurrently } from "../../common/concurrency";
import type { CopyPlan } from "./plan";

const CONCURRENCY = 8;
const CHUNK = 256 * 1024;

/** Where a file named in a plan lies: in which tree, and at which path there. */
export interface Side {
    tree: Tree;
    path(planned: string): string;
}

/** Copies the planned files, and of those of equal size the ones that differ. `adopt` puts a written draft in place. */
export async function copyFiles(
    plan: CopyPlan,
    from: Side,
    to: Side,
    draft: () => string,
    adopt: (draft: string, path: string) => Promise<void>,
): Promise<void> {
    const copy = async (planned: string): Promise<void> => {
        const source = await from.tree.read(from.path(planned));
        // It has gone since the listing.
        if (source === undefined) return;
        const written = draft();
        try {
            const { mode } = await source.stat();
            await pipeline(
                source.createReadStream({ highWaterMark: CHUNK }),
                createWriteStream(written, { mode: mode & 0o777, highWaterMark: CHUNK }),
            );
            await adopt(written, to.path(planned));
        } catch (error) {
            await unlink(written).catch(() => undefined);
            throw error;
        }
    };
    await forEachConcurrently(plan.copy, CONCURRENCY, (planned) => copy(planned).catch(naming(from, planned)));
    await forEachConcurrently(plan.compare, CONCURRENCY, async (planned) => {
        if (!(await sameContent(from, to, planned).catch(naming(from, planned))))
            await copy(planned).catch(naming(from, planned));
    });
}

/** Says which file it was. */
const naming =
    (from: Side, planned: string) =>
    (error: unknown): never => {
        throw new Error(`/${from.path(planned)}: ${messageWithoutPaths(error)}`, { cause: error });
    };

async function sameContent(from: Side, to: Side, planned: string): Promise<boolean> {
    const one = await from.tree.read(from.path(planned));
    try {
        const other = await to.tree.read(to.path(planned));
        try {
            return one !== undefined && other !== undefined && (await sameBytes(one, other));
        } finally {
            await other?.close();
        }
    } finally {
        await one?.close();
    }
}

async function sameBytes(one: FileHandle, other: FileHandle): Promise<boolean> {
    const buffers = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)] as const;
    for (;;) {
        const [a, b] = await Promise.all([fill(one, buffers[0]), fill(other, buffers[1])]);
        if (!a.equals(b)) return false;
        if (a.length < CHUNK) return true;
    }
}

/** Reads until the buffer is full or the file ends. */
async function fill(handle: FileHandle, buffer: Buffer): Promise<Buffer> {
    let length = 0;
    for (;;) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
        length += bytesRead;
        if (bytesRead === 0 || length === buffer.length) return buffer.subarray(0, length);
    }
}
