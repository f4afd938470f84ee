/** Removes folders of any shape without delaying other file operations. */
import { chmod, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { forEachConcurrently } from "../../common/concurrency";
import { randomId } from "../account";

const CONCURRENCY = 16;

/**
 * Removes a folder and its contents, even folders that their owner may not write to or whose path exceeds the maximum
 * length: each subfolder is moved next to the first folder before it is emptied. Only a few files are removed at a time,
 * so other file operations need not wait. Stops midway once `isStopped` returns true.
 */
export async function removeTree(folder: string, isStopped: () => boolean = () => false): Promise<void> {
    for (const pending = [folder]; pending.length > 0 && !isStopped();) {
        const current = pending.pop() ?? folder;
        try {
            await chmod(current, 0o700);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
            throw error;
        }
        const entries = await readdir(current, { withFileTypes: true, encoding: "buffer" });
        await forEachConcurrently(
            entries.filter((entry) => !entry.isDirectory()),
            CONCURRENCY,
            async (entry) => {
                if (!isStopped()) await unlink(child(current, entry.name));
            },
        );
        for (const { name } of entries.filter((entry) => entry.isDirectory())) {
            const sibling = `${folder}.${randomId("")}`;
            await chmod(child(current, name), 0o700);
            await rename(child(current, name), sibling);
            pending.push(sibling);
        }
        if (!isStopped()) await rmdir(current);
    }
}

/** Names need not be valid UTF-8. */
function child(folder: string, name: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${folder}/`), name]);
}
