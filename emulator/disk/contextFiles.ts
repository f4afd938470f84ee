import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, unlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { randomId } from "../account";
import type { Clock } from "../clock";
import { contextNotFound } from "../apiError";
import type { Trash } from "./trash";
import { Tree } from "./tree";

export interface ContextEntry {
    path: string;
    folder: boolean;
    size: number;
    /** Folders have none: they are there as long as files are in them. */
    modifiedMs?: number;
}

/** A context as far as its files go. */
export interface ContextRevision {
    id: string;
    generation: number;
}

const folderName = ({ id, generation }: ContextRevision): string => `${id}.${generation}`;

/**
 * The files of all contexts, each at its absolute session path below the context's own folder. Each appears and is replaced at
 * once and as a whole; its modification time is when it was uploaded.
 */
export class ContextFiles {
    readonly #known: ReadonlyMap<string, ContextRevision>;
    readonly #trash: Trash;
    readonly #clock: Clock;
    readonly #contexts: string;
    readonly #incoming: string;

    private constructor(dataFolder: string, known: ReadonlyMap<string, ContextRevision>, trash: Trash, clock: Clock) {
        this.#known = known;
        this.#trash = trash;
        this.#clock = clock;

        this.#contexts = join(dataFolder, "contexts");
        this.#incoming = join(dataFolder, "incoming");
    }

    /** Removes what a killed process left: half-written files, and the files of contexts that were deleted or cleared. */
    static async open(
        dataFolder: string,
        known: ReadonlyMap<string, ContextRevision>,
        trash: Trash,
        clock: Clock,
    ): Promise<ContextFiles> {
        const files = new ContextFiles(dataFolder, known, trash, clock);
        await rm(files.#incoming, { recursive: true, force: true });
        for (const folder of [files.#contexts, files.#incoming]) await mkdir(folder, { recursive: true });
        const current = new Set([...known.values()].map(folderName));
        for (const name of await readdir(files.#contexts))
            if (!current.has(name)) await trash.moveToTrash(join(files.#contexts, name));
        for (const context of known.values()) await files.create(context);
        return files;
    }

    /** Makes the folder of a context, or of its next generation. */
    async create(context: ContextRevision): Promise<void> {
        await mkdir(join(this.#contexts, folderName(context)), { recursive: true });
    }

    /** Takes a context's files, or those of an earlier generation, away at once, however many. */
    async remove(context: ContextRevision): Promise<void> {
        await this.#trash.moveToTrash(join(this.#contexts, folderName(context)));
    }

    async tree(contextId: string): Promise<Tree> {
        const context = this.#known.get(contextId);
        if (context === undefined) throw contextNotFound(contextId);
        return Tree.open(join(this.#contexts, folderName(context)));
    }

    /** A file name for data on its way to a place in any tree of the data folder. */
    draft(): string {
        return join(this.#incoming, randomId(""));
    }

    /** Writes a stream, through another where given, to a file of the context, whole or not at all. */
    async put(contextId: string, path: string, content: Readable, through: Duplex): Promise<void> {
        const draft = this.draft();
        try {
            await pipeline(content, through, createWriteStream(draft));
            await this.commitDraft(contextId, path, draft);
        } finally {
            await unlink(draft).catch(() => undefined);
        }
    }

    /** Makes a draft a file of the context. */
    async commitDraft(contextId: string, path: string, draft: string): Promise<void> {
        const now = new Date(this.#clock.now());
        await utimes(draft, now, now);
        await (await this.tree(contextId)).place(draft, path);
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

    /** A part of what is directly in a folder, in the order of names, and how much is there in all. */
    async children(
        contextId: string,
        folder: string,
        from: number,
        to: number,
    ): Promise<{ shown: ContextEntry[]; count: number }> {
        const tree = await this.tree(contextId);
        const { files, folders } = await tree.children(folder);
        const found = [
            ...files.map((path) => ({ path, folder: false })),
            ...folders.map((path) => ({ path, folder: true })),
        ].sort((a, b) => (a.path < b.path ? -1 : 1));
        const page = found.slice(from, to);
        const stats = new Map(
            (
                await tree.statFiles(
                    folder,
                    page.filter((entry) => !entry.folder).map(({ path }) => path),
                )
            ).map((file) => [file.path, file]),
        );
        return { shown: page.map((entry) => ({ size: 0, ...entry, ...stats.get(entry.path) })), count: found.length };
    }

    async removeFile(contextId: string, path: string): Promise<boolean> {
        const tree = await this.tree(contextId);
        const removed = await tree.remove(path);
        await tree.prune(path.split("/").slice(0, -1).join("/"));
        return removed;
    }
}
