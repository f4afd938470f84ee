/** Writes a stream to a new file in few large pieces: each write costs a turn of another thread. */
import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";

/** How much is collected before it is written. As much again arrives while that is written. */
const PIECE_BYTES = 1024 * 1024;

/** Collects what arrives, and writes one piece at a time. */
class PieceWriter {
    readonly #file: FileHandle;
    #collected: Buffer[] = [];
    #collectedBytes = 0;
    #writing: Promise<unknown> = Promise.resolve();

    constructor(file: FileHandle) {
        this.#file = file;
    }

    /** Resolves when the next chunk may arrive. */
    async add(chunk: Buffer): Promise<void> {
        this.#collected.push(chunk);
        this.#collectedBytes += chunk.length;
        if (this.#collectedBytes >= PIECE_BYTES) await this.#startWriting();
    }

    async end(): Promise<void> {
        if (this.#collectedBytes > 0) await this.#startWriting();
        await this.#writing;
    }

    async #startWriting(): Promise<void> {
        await this.#writing;
        const piece = this.#collected;
        this.#collected = [];
        this.#collectedBytes = 0;
        this.#writing = writeAll(this.#file, piece);
        // The next piece reports the failure.
        this.#writing.catch(() => undefined);
    }
}

/** Writes all of a stream to a new file, whose modification time it returns. Passes the size so far to `check`, which may throw. */
export async function writeDraft(
    path: string,
    content: Readable,
    now: () => Date,
    check: (bytes: number) => void,
): Promise<Date> {
    const file = await open(path, "wx");
    try {
        const writer = new PieceWriter(file);
        let bytes = 0;
        // What is left of a request that fails is not read, but its connection still has to carry the answer.
        for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
            check((bytes += chunk.length));
            await writer.add(chunk);
        }
        await writer.end();
        const modified = now();
        await file.utimes(modified, modified);
        return modified;
    } finally {
        await file.close();
    }
}

async function writeAll(file: FileHandle, pieces: Buffer[]): Promise<void> {
    let { bytesWritten } = await file.writev(pieces);
    // A disk that is nearly full takes a part.
    for (const piece of pieces) {
        for (let from = Math.min(bytesWritten, piece.length); from < piece.length;) {
            from += (await file.write(piece, from)).bytesWritten;
        }
        bytesWritten = Math.max(0, bytesWritten - piece.length);
    }
}
