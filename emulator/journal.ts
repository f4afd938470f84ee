import { mkdir, open, readFile, rename, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Entries on disk, one JSON line each, in the order in which they were appended. A process that is killed in the middle of a
 * line loses that line alone, whose append had not been confirmed to anybody.
 */
export class Journal<Entry> {
    readonly #file: string;
    #handle: FileHandle;
    readonly #state: () => Entry[];
    #waiting: { line: string; done: () => void; failed: (reason: unknown) => void }[] = [];
    #writing: Promise<void> | undefined;
    #lines = 0;
    #closed = false;

    private constructor(file: string, handle: FileHandle, state: () => Entry[]) {
        this.#file = file;
        this.#handle = handle;
        this.#state = state;
    }

    /** Gives each entry on disk to `replay`, then starts anew with the entries of `state`, which together mean the same. */
    static async open<Entry>(
        file: string,
        replay: (entry: Entry) => void,
        state: () => Entry[],
    ): Promise<Journal<Entry>> {
        await mkdir(dirname(file), { recursive: true });
        for (const [index, line] of (await readLines(file)).entries())
            replay(parsed(line, `${file}, line ${index + 1}`) as Entry);
        const journal = new Journal(file, await writeAnew(file, state()), state);
        journal.#lines = state().length;
        return journal;
    }

    /** Resolves when the entry is on disk. */
    append(entry: Entry): Promise<void> {
        return new Promise((done, failed) => {
            // Another process may have the file by then.
            if (this.#closed) throw new Error("the local AGB has stopped");
            this.#waiting.push({ line: `${JSON.stringify(entry)}\n`, done, failed });
            this.#writing ??= this.#writeAll();
        });
    }

    async close(): Promise<void> {
        this.#closed = true;
        await this.#writing;
        await this.#handle.close();
    }

    async #writeAll(): Promise<void> {
        while (this.#waiting.length > 0) {
            const batch = this.#waiting;
            this.#waiting = [];
            try {
                // What is known when the file is written anew holds the batch already.
                if (this.#lines > 1000 + 4 * this.#state().length) await this.#compact();
                else {
                    await this.#handle.appendFile(batch.map((entry) => entry.line).join(""));
                    this.#lines += batch.length;
                }
                for (const entry of batch) entry.done();
            } catch (error) {
                // The last line may be a torn one now, and nothing may be written behind it.
                this.#lines = Infinity;
                for (const entry of batch) entry.failed(error);
            }
        }
        // In the same breath as the last look at what waits: an append that comes later must begin anew.
        this.#writing = undefined;
    }

    async #compact(): Promise<void> {
        const entries = this.#state();
        const handle = await writeAnew(this.#file, entries);
        await this.#handle.close();
        this.#handle = handle;
        this.#lines = entries.length;
    }
}

function parsed(line: string, where: string): unknown {
    try {
        return JSON.parse(line);
    } catch (error) {
        throw new Error(`${where}, is damaged. Repair or remove it; files of contexts are beside it, in contexts`, {
            cause: error,
        });
    }
}

/** The complete lines; the text after the last line break is a line that was never finished. */
async function readLines(file: string): Promise<string[]> {
    try {
        return (await readFile(file, "utf8")).split("\n").slice(0, -1);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw error;
    }
}

async function writeAnew(file: string, entries: unknown[]): Promise<FileHandle> {
    const draft = `${file}.new`;
    const handle = await open(draft, "w", 0o600);
    await handle.writeFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await handle.sync();
    await rename(draft, file);
    return handle;
}
