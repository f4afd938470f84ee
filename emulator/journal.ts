/** An append-only file of JSON lines that survives being killed at any moment. */
import { mkdir, open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** A journal is compacted once it has this many lines more than needed, plus a multiple of those needed. */
const COMPACTION_MIN_LINES = 1000;
const COMPACTION_FACTOR = 4;

interface Pending<Entry> {
    entry: Entry;
    waiting: { resolve: () => void; reject: (reason: unknown) => void }[];
}

/**
 * Entries on disk, one JSON line each, in the order in which they were appended. A process that is killed while it writes
 * loses at most the last line, and an append is confirmed only after its line is complete.
 */
export class Journal<Entry> {
    readonly #file: string;
    #handle: FileHandle;
    readonly #state: () => Entry[];
    #pending = new Map<string, Pending<Entry>>();
    #writing: Promise<void> | undefined;
    #lines = 0;
    #closed = false;

    private constructor(file: string, handle: FileHandle, state: () => Entry[]) {
        this.#file = file;
        this.#handle = handle;
        this.#state = state;
    }

    /** Passes every entry on disk to `replay`, then rewrites the file with the equivalent entries that `state` returns. */
    static async open<Entry>(
        file: string,
        replay: (entry: Entry) => void,
        state: () => Entry[],
    ): Promise<Journal<Entry>> {
        await mkdir(dirname(file), { recursive: true });
        for (const [index, line] of (await readLines(file)).entries()) {
            replay(parseLine(line, `${file}, line ${index + 1}`) as Entry);
        }
        const journal = new Journal(file, await rewrite(file, state()), state);
        journal.#lines = state().length;
        return journal;
    }

    /**
     * Resolves once the entry is on disk. It replaces an entry with the same key that is still to be written, so many
     * changes of one record cost one line.
     */
    append(key: string, entry: Entry): Promise<void> {
        return new Promise((resolve, reject) => {
            // Another process may own the file by now.
            if (this.#closed) throw new Error("the local AGB has stopped");
            const waiting = this.#pending.get(key)?.waiting ?? [];
            waiting.push({ resolve, reject });
            this.#pending.delete(key);
            this.#pending.set(key, { entry, waiting });
            this.#writing ??= this.#writePending();
        });
    }

    async close(): Promise<void> {
        this.#closed = true;
        await this.#writing;
        await this.#handle.close();
    }

    async #writePending(): Promise<void> {
        while (this.#pending.size > 0) {
            const batch = [...this.#pending.values()];
            this.#pending = new Map();
            const waiting = batch.flatMap((pending) => pending.waiting);
            try {
                // The state already includes the batch, so compacting writes it too.
                if (this.#lines > COMPACTION_MIN_LINES + COMPACTION_FACTOR * this.#state().length) {
                    await this.#compact();
                } else {
                    await this.#handle.appendFile(batch.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(""));
                    this.#lines += batch.length;
                }
                for (const { resolve } of waiting) resolve();
            } catch (error) {
                // The last line may be incomplete, and nothing may be appended after it: force a compaction.
                this.#lines = Infinity;
                for (const { reject } of waiting) reject(error);
            }
        }
        // Synchronously after the last check for pending entries, so a later append starts a new write.
        this.#writing = undefined;
    }

    async #compact(): Promise<void> {
        const entries = this.#state();
        const handle = await rewrite(this.#file, entries);
        await this.#handle.close();
        this.#handle = handle;
        this.#lines = entries.length;
    }
}

function parseLine(line: string, location: string): unknown {
    try {
        return JSON.parse(line);
    } catch (error) {
        throw new Error(
            `${location}, is damaged. Repair or remove it; the files of contexts are in the folder contexts next to it`,
            { cause: error },
        );
    }
}

/** The complete lines: whatever follows the last line break was never finished. */
async function readLines(file: string): Promise<string[]> {
    try {
        return (await readFile(file, "utf8")).split("\n").slice(0, -1);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
    }
}

async function rewrite(file: string, entries: unknown[]): Promise<FileHandle> {
    const draft = `${file}.new`;
    const handle = await open(draft, "w", 0o600);
    await handle.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await handle.sync();
    await rename(draft, file);
    return handle;
}
