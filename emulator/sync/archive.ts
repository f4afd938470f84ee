import { createWriteStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fromFdPromise } from "yauzl";
import { ZipFile } from "yazl";
import type { Side } from "./copy";

/** The name of the one file that holds a mount kept as an archive, in the folder of the mount. */
export const ARCHIVE_NAME = "archive.zip";
export const isArchive = (path: string): boolean => path.toLowerCase().endsWith(".zip");

const TYPE_OF_FILE = 0o170000;
const REGULAR = 0o100000;

/** Writes the files at `paths` into a new archive, one after the other as they are read. */
export async function pack(paths: readonly string[], from: Side, file: string): Promise<void> {
    const zip = new ZipFile();
    const failed = new Promise<never>((_, reject) => zip.on("error", reject));
    for (const path of paths) {
        const source = await from.tree.read(from.path(path));
        if (source === undefined) continue;
        const { mode, mtime } = await source.stat();
        await source.close();
        zip.addReadStreamLazy(path, { mode: REGULAR | (mode & 0o777), mtime }, (give) => {
            from.tree.read(from.path(path)).then(
                (handle) => {
                    if (handle === undefined)
                        give(new Error(`/${from.path(path)} went away while it was uploaded`), undefined as never);
                    else give(null, handle.createReadStream());
                },
                (error: unknown) => give(error, undefined as never),
            );
        });
    }
    zip.end();
    await Promise.race([pipeline(zip.outputStream, createWriteStream(file)), failed]);
}

/** Gives each file of an archive, one at a time. Names that lead out of the archive's folder make the whole archive unusable. */
export async function unpack(
    archive: FileHandle,
    each: (path: string, mode: number, content: () => Promise<Readable>) => Promise<void>,
): Promise<void> {
    const zip = await fromFdPromise(archive.fd, { autoClose: false, lazyEntries: true, strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
        const mode = entry.externalFileAttributes >>> 16;
        const type = mode & TYPE_OF_FILE;
        if (entry.fileName.endsWith("/") || (type !== 0 && type !== REGULAR)) continue;
        const path = entry.fileName
            .split("/")
            .filter((part) => part !== "" && part !== ".")
            .join("/");
        if (path === "" || path.includes("\0"))
            throw new Error(`the archive holds a file with an impossible name: ${JSON.stringify(entry.fileName)}`);
        await each(path, mode & 0o777, () => zip.openReadStreamPromise(entry));
    }
}
