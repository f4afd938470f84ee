/** Files by relative path below one directory that no link leads out of. */
import { constants, lstat as lstatWithCallback, type Dirent } from "node:fs";
import { mkdir, open, readdir, realpath, rename, rmdir, unlink, type FileHandle } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { forEachConcurrently } from "../../common/concurrency";
import { pathTaken } from "../apiError";
import { actualPath, isMissing, withOpenFolder } from "./openFolder";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** A folder may hold thousands of files, and this costs half as much as the function of `node:fs/promises`. */
const lstat = promisify(lstatWithCallback);
const CONCURRENCY = 16;
const MAX_MOVE_ATTEMPTS = 5;

export interface TreeFile {
    /** Relative to the tree's root, components joined with `/`. */
    path: string;
    size: number;
    modifiedMs: number;
}

interface Children {
    files: string[];
    folders: string[];
    /** Links and devices. */
    specials: string[];
    /** Entries of any kind that have no path, because their name is not valid UTF-8. The bytes that are not are replaced. */
    undecodable: string[];
}

/**
 * A directory whose files are addressed by relative paths. No path leads out of it, whatever links anyone creates at any
 * time: a file is opened first, then checked to be where its path says, and files are created relative to open folders.
 * Links and devices do not count as files.
 */
export class Tree {
    private constructor(readonly root: string) {}

    static async open(root: string): Promise<Tree> {
        return new Tree(await realpath(root));
    }

    /** All files below a folder; none if it does not exist. */
    async files(under = ""): Promise<TreeFile[]> {
        return (await this.walk(under)).files;
    }

    /** Everything below a folder except folders: files, the paths of links and devices, and those that are not UTF-8. */
    async walk(under = ""): Promise<{ files: TreeFile[]; specials: string[]; undecodable: string[] }> {
        const result: TreeFile[] = [];
        const specials: string[] = [];
        const undecodable: string[] = [];
        for (const pending = [under]; pending.length > 0;) {
            const folder = pending.pop() ?? "";
            const children = await this.children(folder);
            pending.push(...children.folders);
            specials.push(...children.specials);
            undecodable.push(...children.undecodable);
            if (children.files.length > 0) result.push(...(await this.statFiles(folder, children.files)));
        }
        return { files: result, specials, undecodable };
    }

    /** The direct children of a folder; none if it does not exist. */
    async children(folder: string): Promise<Children> {
        const listing = this.#inFolder(folder, (host) => readdir(host, { withFileTypes: true }));
        const entries: Dirent[] = (await listing.catch(ignoreMissing)) ?? [];
        const files: string[] = [];
        const folders: string[] = [];
        const specials: string[] = [];
        const undecodable: string[] = [];
        for (const entry of entries) {
            const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
            if (entry.name.includes("\uFFFD")) undecodable.push(path);
            else if (entry.isDirectory()) folders.push(path);
            else if (entry.isFile()) files.push(path);
            else specials.push(path);
        }
        return { files, folders, specials, undecodable };
    }

    /** Sizes and times of files in one folder, leaving out those that do not exist. */
    async statFiles(folder: string, paths: readonly string[]): Promise<TreeFile[]> {
        const result: TreeFile[] = [];
        await this.#inFolder(folder, (host) =>
            forEachConcurrently(paths, CONCURRENCY, async (path) => {
                const stats = await lstat(join(host, name(path))).catch(ignoreMissing);
                if (stats?.isFile()) result.push({ path, size: stats.size, modifiedMs: Math.round(stats.mtimeMs) });
            }),
        ).catch(ignoreMissing);
        return result;
    }

    /** Whether a folder exists; a link to one does not count. */
    async hasFolder(folder: string): Promise<boolean> {
        return (await this.#inFolder(folder, () => Promise.resolve(true)).catch(ignoreMissing)) === true;
    }

    /** Whether there is a file below a folder. */
    async hasFiles(under: string): Promise<boolean> {
        for (const pending = [under]; pending.length > 0;) {
            const { files, folders } = await this.children(pending.pop() ?? "");
            if (files.length > 0) return true;
            pending.push(...folders);
        }
        return false;
    }

    /** Opens a file for reading; `undefined` if there is no such file. */
    async read(path: string): Promise<FileHandle | undefined> {
        const handle = await this.#openWithin(path, O_RDONLY | O_NONBLOCK).catch(ignoreMissing);
        if (handle === undefined || (await handle.stat()).isFile()) return handle;
        await handle.close();
        return undefined;
    }

    /** Moves a file from elsewhere on the same disk to a path in the tree. Replaces an existing file and creates missing folders. */
    async moveInto(draft: string, path: string): Promise<void> {
        for (let attempt = 1; ; attempt++) {
            try {
                // The folder is missing, or another operation has just pruned it because it was empty.
                if (attempt > 1) await this.createFolder(parent(path));
                await this.#inFolder(parent(path), (host) => rename(draft, join(host, name(path))));
                return;
            } catch (error) {
                const code = (error as NodeJS.ErrnoException).code;
                if (code === "ENOENT" && attempt < MAX_MOVE_ATTEMPTS) continue;
                if (code === "EISDIR" || code === "ENOTEMPTY") {
                    throw pathTaken(`cannot write /${path}: a folder with that name exists`);
                }
                if (code === "ENOTDIR" || code === "EEXIST") {
                    throw pathTaken(`cannot write /${path}: one of its parent folders is a file`);
                }
                throw error;
            }
        }
    }

    /** Removes a file. Returns whether it existed. */
    async remove(path: string): Promise<boolean> {
        const removed = await this.#inFolder(parent(path), async (host) => {
            const stats = await lstat(join(host, name(path)));
            if (!stats.isFile()) return false;
            await unlink(join(host, name(path)));
            return true;
        }).catch(ignoreMissing);
        return removed === true;
    }

    /** Removes a folder and its parents, up to the first that is not empty. */
    async prune(folder: string): Promise<void> {
        for (let path = folder; path !== ""; path = parent(path)) {
            try {
                await this.#inFolder(parent(path), (host) => rmdir(join(host, name(path))));
            } catch {
                return;
            }
        }
    }

    /** Creates a folder and its missing parents. */
    async createFolder(folder: string): Promise<void> {
        if (folder === "") return;
        try {
            await this.#inFolder(folder, () => Promise.resolve());
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
            await this.createFolder(parent(folder));
            await this.#inFolder(parent(folder), (host) => mkdir(join(host, name(folder)))).catch(
                (failure: unknown) => {
                    if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
                },
            );
        }
    }

    async #inFolder<Result>(folder: string, action: (host: string) => Promise<Result>): Promise<Result> {
        return withOpenFolder(await this.#openWithin(folder, O_RDONLY | O_DIRECTORY), join(this.root, folder), action);
    }

    async #openWithin(path: string, flags: number): Promise<FileHandle> {
        const expected = join(this.root, path);
        if (expected !== this.root && !expected.startsWith(this.root + sep)) throw new Error(`${path} is outside`);
        const handle = await open(expected, flags | O_NOFOLLOW);
        // If a parent folder is a link, what was opened is somewhere else.
        if (actualPath(handle, expected) === expected) return handle;
        await handle.close();
        throw Object.assign(new Error(`${path} is reached through a link`), { code: "ENOENT" });
    }
}

const parent = (path: string): string => (path.includes("/") ? dirname(path) : "");
const name = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** For the catch of a read: turns a missing file into `undefined`. */
function ignoreMissing(error: unknown): undefined {
    if (!isMissing(error)) throw error;
}
