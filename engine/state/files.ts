/** Files of the backend, written so that whoever reads one sees it whole, whatever ends the writer. */
import { createHash, randomUUID } from "node:crypto";
import { copyFile, link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Puts `text` in the place of `file`: it is on disk when this resolves. With the `.attrs` beside it that Pulumi's file backend writes. */
export async function writeDurably(file: string, text: string, temporaryFolder = dirname(file)): Promise<void> {
    await writeAtomically(file, text, true, temporaryFolder);
    await writeAtomically(`${file}.attrs`, attributes(text), false, temporaryFolder);
}

/** Puts what `file` holds in the place of `copy`. */
export async function copyAtomically(file: string, copy: string): Promise<void> {
    for (const suffix of ["", ".attrs"]) {
        const temporary = temporaryIn(dirname(copy), copy);
        await mkdir(dirname(copy), { recursive: true });
        try {
            // Nobody writes into these files, they are only ever replaced, so a link is as good as a copy and costs nothing.
            await link(file + suffix, temporary);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === "ENOENT") {
                continue;
            }
            await copyFile(file + suffix, temporary);
        }
        await rename(temporary, copy + suffix);
        // Where both are the same file already, rename leaves the temporary name.
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

/** The rename itself reaches the disk with the folder. */
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
