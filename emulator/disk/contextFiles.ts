/** The files of all contexts. */
import { mkdir, readdir, rm, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { randomId } from "../account";
import { contextNotFound } from "../apiError";
import type { Clock } from "../clock";
import type { Trash } from "./trash";
import { Tree } from "./tree";
import { writeDraft } from "./writeDraft";

export interface ContextEntry {
    path: string;
    folder: boolean;
    size: number;
    /** Absent for folders: a folder exists only as long as it contains files. */
    modifiedMs?: number;
}

/** Identifies the folder with the files of a context. */
export interface ContextRevision {
    id: string;
    generation: number;
}

const folderName = ({ id, generation }: ContextRevision): string => `${id}.${generation}`;

/**
 * Each file is stored at its absolute session path below its context's folder. Files appear and are replaced atomically;
 * their modification time is when they were uploaded.
 */
export class ContextFiles {
    readonly #revisions: ReadonlyMap<string, ContextRevision>;
    readonly #trash: Trash;
    readonly #clock: Clock;
    readonly #contexts: string;
    readonly #incoming: string;
    readonly #trees = new Map<string, Promise<Tree>>();

    private constructor(
        dataFolder: string,
        revisions: ReadonlyMap<string, ContextRevision>,
        trash: Trash,
        clock: Clock,
    ) {
        this.#revisions = revisions;
        this.#trash = trash;
        this.#clock = clock;
        this.#contexts = join(dataFolder, "contexts");
        this.#incoming = join(dataFolder, "incoming");
    }

    /** Removes what a killed process left behind: partial files, and files of deleted or cleared contexts. */
    static async open(
        dataFolder: string,
        revisions: ReadonlyMap<string, ContextRevision>,
        trash: Trash,
        clock: Clock,
    ): Promise<ContextFiles> {
        const files = new ContextFiles(dataFolder, revisions, trash, clock);
        await rm(files.#incoming, { recursive: true, force: true });
        for (const folder of [files.#contexts, files.#incoming]) await mkdir(folder, { recursive: true });
        const current = new Set([...revisions.values()].map(folderName));
        for (const name of await readdir(files.#contexts)) {
            if (!current.has(name)) await trash.moveToTrash(join(files.#contexts, name));
        }
        for (const context of revisions.values()) await files.create(context);
        return files;
    }

    /** Creates the folder of a context, or of its next generation. */
    async create(context: ContextRevision): Promise<void> {
        await mkdir(join(this.#contexts, folderName(context)), { recursive: true });
    }

    /** Removes the files of a context, or of one of its earlier generations, in constant time. */
    async remove(context: ContextRevision): Promise<void> {
        this.#trees.delete(folderName(context));
        await this.#trash.moveToTrash(join(this.#contexts, folderName(context)));
    }

    async tree(contextId: string): Promise<Tree> {
        const context = this.#revisions.get(contextId);
        if (context === undefined) throw contextNotFound(contextId);
        const name = folderName(context);
        let tree = this.#trees.get(name);
        if (tree === undefined) {
            this.#trees.set(name, (tree = Tree.open(join(this.#contexts, name))));
            tree.catch(() => this.#trees.delete(name));
        }
        return tree;
    }

    /** A new path for data that will be moved into a tree of the data folder when it is complete. */
    draft(): string {
        return join(this.#incoming, randomId(""));
    }

    /**
     * Writes a stream to a file of the context: all of it or nothing. Passes the size so far to `check`, which may throw.
     * Returns when the file was modified, in milliseconds since the epoch.
     */
    async put(contextId: string, path: string, content: Readable, check: (bytes: number) => void): Promise<number> {
        const draft = this.draft();
        try {
            const modified = await writeDraft(draft, content, () => this.#now(), check);
            await (await this.tree(contextId)).moveInto(draft, path);
            return modified.getTime();
        } catch (error) {
            await unlink(draft).catch(() => undefined);
            throw error;
        }
    }

    /** Turns a draft into a file of the context. */
    async commitDraft(contextId: string, path: string, draft: string): Promise<void> {
        const now = this.#now();
        await utimes(draft, now, now);
        await (await this.tree(contextId)).moveInto(draft, path);
    }

    #now(): Date {
        return new Date(this.#clock.now());
    }

    async get(
        contextId: string,
        path: string,
    ): Promise<{ size: number; modifiedMs: number; content: Readable } | undefined> {
        const handle = await (await this.tree(contextId)).read(path);
        if (handle === undefined) return undefined;
        const { size, mtimeMs } = await handle.stat();
        return { size, modifiedMs: Math.round(mtimeMs), content: handle.createReadStream() };
    }

    /** One page of a folder's direct children, sorted by name, and how many there are in total. */
    async children(
        contextId: string,
        folder: string,
        from: number,
        to: number,
    ): Promise<{ page: ContextEntry[]; total: number }> {
        const tree = await this.tree(contextId);
        const { files, folders } = await tree.children(folder);
        const entries = [
            ...files.map((path) => ({ path, folder: false })),
            ...folders.map((path) => ({ path, folder: true })),
        ].sort((a, b) => (a.path < b.path ? -1 : 1));
        const page = entries.slice(from, to);
        const filePaths = page.filter((entry) => !entry.folder).map(({ path }) => path);
        const stats = new Map((await tree.statFiles(folder, filePaths)).map((file) => [file.path, file]));
        return { page: page.map((entry) => ({ size: 0, ...entry, ...stats.get(entry.path) })), total: entries.length };
    }

    /** Removes a file and the folders that are empty without it. Returns whether the file existed. */
    async removeFile(contextId: string, path: string): Promise<boolean> {
        const tree = await this.tree(contextId);
        const removed = await tree.remove(path);
        await tree.prune(path.split("/").slice(0, -1).join("/"));
        return removed;
    }
}
