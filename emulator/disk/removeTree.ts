import { chmod, readdir, rename, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../account";
import { forEachConcurrently } from "../../common/concurrency";

const CONCURRENCY = 16;

/**
 * Removes a folder and what is in it, folders included that their owner may not write to, or whose path is longer than a path can be:
 * each is taken out to stand beside the first before it is emptied. Only a few things go at a time, so that other work on files need
 * not wait. Where `isStopped` says so, it ends in the middle.
 */
export async function removeTree(folder: string, isStopped: () => boolean = () => false): Promise<void> {
    for (const folders = [folder]; folders.length > 0 && !isStopped();) {
        const current = folders.pop() ?? folder;
        try {
            await chmod(current, 0o700);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
            throw error;
        }
        const entries = await readdir(current, { withFileTypes: true });
        await forEachConcurrently(
            entries.filter((entry) => !entry.isDirectory()),
            CONCURRENCY,
            async (entry) => {
                if (!isStopped()) await unlink(join(current, entry.name));
            },
        );
        for (const { name } of entries.filter((entry) => entry.isDirectory())) {
            const beside = `${folder}.${randomId("")}`;
            await chmod(join(current, name), 0o700);
            await rename(join(current, name), beside);
            folders.push(beside);
        }
        if (!isStopped()) await rmdir(current);
    }
}
