/** Zip archives, for mounts whose upload mode is Archive. */
import { createWriteStream } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fromFdPromise } from "yauzl";
import { ZipFile } from "yazl";
import type { Side } from "./copy";

/** The name of the archive with a mount's files, in the folder of the mount. */
export const ARCHIVE_NAME = "archive.zip";
export const isArchive = (path: string): boolean => path.toLowerCase().endsWith(".zip");

const FILE_TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;

/** Writes files into a new archive, opening one at a time. */
export async function pack(paths: readonly string[], from: Side, archiveFile: string): Promise<void> {
    const zip = new ZipFile();
    const failed = new Promise<never>((_, reject) => zip.on("error", reject));
    for (const path of paths) {
        const source = await from.tree.read(from.path(path));
        if (source === undefined) continue;
        const { mode, mtime } = await source.stat();
        await source.close();
        zip.addReadStreamLazy(path, { mode: REGULAR_FILE | (mode & 0o777), mtime }, (callback) => {
            from.tree.read(from.path(path)).then(
                (handle) => {
                    if (handle === undefined) {
                        callback(new Error(`/${from.path(path)} was deleted during the upload`), undefined as never);
                    } else callback(null, handle.createReadStream());
                },
                (error: unknown) => callback(error, undefined as never),
            );
        });
    }
    zip.end();
    await Promise.race([pipeline(zip.outputStream, createWriteStream(archiveFile)), failed]);
}

/** The paths of the files in an archive. */
export async function namesIn(archive: FileHandle): Promise<string[]> {
    const names: string[] = [];
    await unpack(archive, (path) => {
        names.push(path);
        return Promise.resolve();
    });
    return names;
}

/** Passes each regular file of an archive to `onFile`, one at a time. Rejects the archive if a name leads out of its folder. */
export async function unpack(
    archive: FileHandle,
    onFile: (path: string, mode: number, content: () => Promise<Readable>) => Promise<void>,
): Promise<void> {
    const zip = await fromFdPromise(archive.fd, { autoClose: false, lazyEntries: true, strictFileNames: true });
    for await (const entry of zip.eachEntry()) {
        const mode = entry.externalFileAttributes >>> 16;
        const type = mode & FILE_TYPE_MASK;
        if (entry.fileName.endsWith("/") || (type !== 0 && type !== REGULAR_FILE)) continue;
        const path = entry.fileName
            .split("/")
            .filter((component) => component !== "" && component !== ".")
            .join("/");
        if (path === "" || path.includes("\0")) {
            throw new Error(`the archive contains an invalid file name: ${JSON.stringify(entry.fileName)}`);
        }
        await onFile(path, mode & 0o777, () => zip.openReadStreamPromise(entry));
    }
}
