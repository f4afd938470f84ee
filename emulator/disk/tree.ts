import { constants } from "node:fs";
import {
    lstat,
    mkdir,
    open,
    readdir,
    readlink,
    realpath,
    rename,
    rmdir,
    unlink,
    type FileHandle,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { forEachConcurrently } from "../../common/concurrency";
import { pathTaken } from "../apiError";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Where the kernel says what a descriptor really is, and takes names relative to it. */
const PROC = process.platform === "linux";

const SIDE_BY_SIDE = 16;

export interface TreeFile {
    /** Relative to the tree's root, parts joined with `/`. */
    path: string;
    size: number;
    modifiedMs: number;
}

/**
 * A directory whose files are named by relative paths, and that nobody gets out of: whatever links somebody puts in, and whenever,
 * files are opened first and then asked where they are, and are created in folders that are held open. Links and devices are not files.
 */
export class Tree {
    private constructor(readonly root: string) {}

    static async open(root: string): Promise<Tree> {
        return new Tree(await realpath(root));
    }

    /** All files under a folder; none when it is not there. */
    async files(under = ""): Promise<TreeFile[]> {
        const found: TreeFile[] = [];
        for (const folders = [under]; folders.length > 0;) {
            const folder = folders.pop() ?? "";
            const { files, folders: below } = await this.children(folder);
            folders.push(...below);
            if (files.length > 0) found.push(...(await this.statFiles(folder, files)));
        }
        return found;
    }

    /** What is directly in a folder; nothing when it is not there. */
    async children(folder: string): Promise<{ files: string[]; folders: string[] }> {
        const entries =
            (await this.#inFolder(folder, (host) => readdir(host, { withFileTypes: true })).catch(ignoreMissing)) ?? [];
        const files: string[] = [];
        const folders: string[] = [];
        for (const entry of entries) {
            const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
            if (entry.name.includes("\uFFFD")) throw new Error(`the name of /${path} is not UTF-8`);
            if (entry.isDirectory()) folders.push(path);
            else if (entry.isFile()) files.push(path);
        }
        return { files, folders };
    }

    /** Sizes and times of files of one folder, without those that are not there. */
    async statFiles(folder: string, paths: readonly string[]): Promise<TreeFile[]> {
        const found: TreeFile[] = [];
        await this.#inFolder(folder, (host) =>
            forEachConcurrently(paths, SIDE_BY_SIDE, async (path) => {
                const statFiles = await lstat(join(host, name(path))).catch(ignoreMissing);
                if (statFiles?.isFile())
                    found.push({ path, size: statFiles.size, modifiedMs: Math.round(statFiles.mtimeMs) });
            }),
        ).catch(ignoreMissing);
        return found;
    }

    /** Whether a folder is there itself, and not a link to one. */
    async hasFolder(folder: string): Promise<boolean> {
        return (await this.#inFolder(folder, () => Promise.resolve(true)).catch(ignoreMissing)) === true;
    }

    async isEmpty(): Promise<boolean> {
        return (await this.files()).length === 0;
    }

    /** Opens a file for reading; `undefined` when there is no such file. */
    async read(path: string): Promise<FileHandle | undefined> {
        const handle = await this.#openWithin(path, O_RDONLY | O_NONBLOCK).catch(ignoreMissing);
        if (handle === undefined || (await handle.stat()).isFile()) return handle;
        await handle.close();
        return undefined;
    }

    /** Moves a file from elsewhere on the same disk to its place, over the one that is there, making the folders above it. */
    async place(draft: string, path: string): Promise<void> {
        for (let attempt = 1; ; attempt++) {
            try {
                await this.makeFolder(parent(path));
                await this.#inFolder(parent(path), (host) => rename(draft, join(host, name(path))));
                return;
            } catch (error) {
                const code = (error as NodeJS.ErrnoException).code;
                // Somebody else has just removed the folder because it was empty.
                if (code === "ENOENT" && attempt < 5) continue;
                if (code === "EISDIR" || code === "ENOTEMPTY")
                    throw pathTaken(`cannot write /${path}: there is a folder of that name`);
                if (code === "ENOTDIR" || code === "EEXIST")
                    throw pathTaken(`cannot write /${path}: a folder above it is a file`);
                throw error;
            }
        }
    }

    /** Whether there was such a file. */
    async remove(path: string): Promise<boolean> {
        const removed = await this.#inFolder(parent(path), async (host) => {
            const statFiles = await lstat(join(host, name(path)));
            if (!statFiles.isFile()) return false;
            await unlink(join(host, name(path)));
            return true;
        }).catch(ignoreMissing);
        return removed === true;
    }

    /** Removes a folder and those above it as long as they are empty. */
    async prune(folder: string): Promise<void> {
        for (let path = folder; path !== ""; path = parent(path)) {
            try {
                await this.#inFolder(parent(path), (host) => rmdir(join(host, name(path))));
            } catch {
                return;
            }
        }
    }

    /** Makes a folder and those above it. */
    async makeFolder(folder: string): Promise<void> {
        if (folder === "") return;
        try {
            await this.#inFolder(folder, () => Promise.resolve());
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
            await this.makeFolder(parent(folder));
            await this.#inFolder(parent(folder), (host) => mkdir(join(host, name(folder)))).catch(
                (failure: unknown) => {
                    if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
                },
            );
        }
    }

    async #inFolder<Result>(folder: string, action: (host: string) => Promise<Result>): Promise<Result> {
        const handle = await this.#openWithin(folder, O_RDONLY | O_DIRECTORY);
        try {
            return await action(PROC ? `/proc/self/fd/${handle.fd}` : join(this.root, folder));
        } finally {
            await handle.close();
        }
    }

    async #openWithin(path: string, flags: number): Promise<FileHandle> {
        const expected = join(this.root, path);
        if (expected !== this.root && !expected.startsWith(this.root + sep)) throw new Error(`${path} is outside`);
        // A folder that is a link away from its place would show here at the latest.
        const handle = await open(expected, flags | O_NOFOLLOW);
        const actual = PROC ? await readlink(`/proc/self/fd/${handle.fd}`) : await realpath(expected);
        if (actual === expected) return handle;
        await handle.close();
        throw Object.assign(new Error(`${path} is reached through a link`), { code: "ENOENT" });
    }
}

const parent = (path: string): string => (path.includes("/") ? dirname(path) : "");
const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Makes nothing of a file that is not there, or is a link: for the catch of what reads. */
function ignoreMissing(error: unknown): undefined {
    if (["ENOENT", "ENOTDIR", "ELOOP", "ENXIO"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
}
