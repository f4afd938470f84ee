import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** Removes a folder and what is in it, folders included that their owner may not write to. */
export async function discard(folder: string): Promise<void> {
    try {
        await rm(folder, { recursive: true, force: true });
    } catch (error) {
        if (!["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        await open(folder);
        await rm(folder, { recursive: true, force: true });
    }
}

async function open(folder: string): Promise<void> {
    await chmod(folder, 0o700);
    for (const entry of await readdir(folder, { withFileTypes: true })) if (entry.isDirectory()) await open(join(folder, entry.name));
}
