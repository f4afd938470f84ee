/** Atomic writes to the files of a backend: a reader never sees a partial file, even if the writer is killed. */
import { randomUUID } from "node:crypto";
import { copyFile, link, mkdir, open, rename, rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Replaces `file` with `text`, and resolves when it is on disk. Also writes the `.attrs` file that Pulumi expects next to it. */
export async function writeDurably(file: string, text: string, temporaryFolder = dirname(file)): Promise<void> {
    await mkdir(dirname(file), { recursive: true });
    await replaceDurably(file, [Buffer.from(text)], temporaryFolder);
    await writeAttributes(file, temporaryFolder);
}

/** Replaces `copy` with the contents of `file`. */
export async function copyAtomically(file: string, copy: string): Promise<void> {
    await mkdir(dirname(copy), { recursive: true });
    for (const suffix of ["", ".attrs"]) {
        await linkOrCopy(file + suffix, copy + suffix);
    }
}

/** A file that one process saves many times, and the backup of its previous contents. */
export class SavedFile {
    readonly #file: string;
    readonly #backup: string;
    /** The first two saves prepare what those after them find: the folder, and the attributes of both files. */
    #saves = 0;

    constructor(file: string, backup: string) {
        this.#file = file;
        this.#backup = backup;
    }

    /** Resolves when the contents are on disk. */
    async save(parts: readonly Buffer[]): Promise<void> {
        if (this.#saves === 0) await mkdir(dirname(this.#file), { recursive: true });
        await linkOrCopy(this.#file, this.#backup);
        if (this.#saves < 2) await linkOrCopy(`${this.#file}.attrs`, `${this.#backup}.attrs`);
        await replaceDurably(this.#file, parts);
        if (this.#saves === 0) await writeAttributes(this.#file);
        this.#saves++;
    }
}

/** Gives `copy` the contents of `file`, if that exists. */
async function linkOrCopy(file: string, copy: string): Promise<void> {
    const temporary = temporaryIn(dirname(copy), copy);
    try {
        // These files are only replaced, never modified, so a link serves as a copy and costs nothing.
        await link(file, temporary);
    } catch (error) {
        if (isMissing(error)) return;
        await copyFile(file, temporary);
    }
    await rename(temporary, copy);
    // If both are already the same file, rename keeps the temporary name.
    await unlink(temporary).catch((error: unknown) => {
        if (!isMissing(error)) throw error;
    });
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

export async function removeWithAttributes(file: string): Promise<void> {
    await rm(file, { force: true });
    await rm(`${file}.attrs`, { force: true });
}

async function replaceDurably(file: string, parts: readonly Buffer[], temporaryFolder = dirname(file)): Promise<void> {
    await replaceFile(file, parts, temporaryFolder, true);
    await syncFolder(dirname(file));
}

async function replaceFile(
    file: string,
    parts: readonly Buffer[],
    temporaryFolder: string,
    durable: boolean,
): Promise<void> {
    const temporary = temporaryIn(temporaryFolder, file);
    const handle = await open(temporary, "wx");
    try {
        for (const part of parts) await handle.appendFile(part);
        if (durable) await handle.sync();
    } finally {
        await handle.close();
    }
    await rename(temporary, file);
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

/**
 * Without the optional hash of the contents: it would have to be computed again by every save, and no one reads it.
 */
async function writeAttributes(file: string, temporaryFolder = dirname(file)): Promise<void> {
    await replaceFile(`${file}.attrs`, [ATTRIBUTES], temporaryFolder, false);
}

const ATTRIBUTES = Buffer.from(
    `${JSON.stringify({
        "user.cache_control": "",
        "user.content_disposition": "",
        "user.content_encoding": "",
        "user.content_language": "",
        "user.content_type": "text/plain; charset=utf-8",
        "user.metadata": null,
        md5: null,
    })}\n`,
);
