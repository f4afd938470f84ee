/** Atomic writes to the files of a backend: a reader never sees a partial file, even if the writer is killed. */
import { createHash, randomUUID } from "node:crypto";
import { copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Replaces `file` with `text`, and resolves when it is on disk. Also writes the `.attrs` file that Pulumi expects next to it. */
export async function writeDurably(file: string, text: string, temporaryFolder = dirname(file)): Promise<void> {
    await writeAtomically(file, text, true, temporaryFolder);
    await writeAtomically(`${file}.attrs`, attributes(text), false, temporaryFolder);
}

/** Replaces `copy` with the contents of `file`. */
export async function copyAtomically(file: string, copy: string): Promise<void> {
    for (const suffix of ["", ".attrs"]) {
        const temporary = temporaryIn(dirname(copy), copy);
        await mkdir(dirname(copy), { recursive: true });
        try {
            // These files are only replaced, never modified, so a link serves as a copy and costs nothing.
            await link(file + suffix, temporary);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") {
                continue;
            }
            await copyFile(file + suffix, temporary);
        }
        await rename(temporary, copy + suffix);
        // If both are already the same file, rename keeps the temporary name.
        await rm(temporary, { force: true });
    }
}

export async function removeWithAttributes(file: string): Promise<void> {
    await rm(file, { force: true });
    await rm(`${file}.attrs`, { force: true });
}

async function writeAtomically(file: string, text: string, durable: boolean, temporaryFolder: string): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    const temporary = temporaryIn(temporaryFolder, file);
    const handle = await open(temporary, "wx");
    try {
        await handle.writeFile(text);
        if (durable) {
            await handle.sync();
        }
    } finally {
        await handle.close();
    }
    await rename(temporary, file);
    if (durable) {
        await syncFolder(dirname(file));
    }
}

/** A rename reaches the disk when its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
    if (process.platform === "win32") {
        return;
    }
    const handle = await open(folder, "r");
    try {
        await handle.sync();
    } finally {
        await handle.close();
    }
}

function temporaryIn(folder: string, file: string): string {
    return join(folder, `.${basename(file)}.${randomUUID()}.tmp`);
}

function attributes(text: string): string {
    return `${JSON.stringify({
        "user.cache_control": "",
        "user.content_disposition": "",
        "user.content_encoding": "",
        "user.content_language": "",
        "user.content_type": "text/plain; charset=utf-8",
        "user.metadata": null,
        md5: createHash("md5").update(text).digest("base64"),
    })}\n`;
}
