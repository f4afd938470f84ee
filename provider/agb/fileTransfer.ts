/** Files on their way to and from a context: streamed, hashed as they pass, and never held as a whole. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { errorMessage } from "../../common/errorMessage";
import { AgbApiError, AgbConnectionError, UPLOAD } from "./errors";
import { sleep, withJitter } from "./polling";

/** Where the bytes of a file come from: a file of this machine, a text, or a stream that can be opened anew for each attempt. */
export type FileSource = { file: string } | { text: string } | { open: () => Readable; size: number };

/** What passed: the sha256 of the bytes, in hexadecimal, and their number. */
export interface FileDigest {
    hash: string;
    size: number;
}

export interface TransferOptions {
    /** Gives the transfer up. */
    signal?: AbortSignal | undefined;
    /** Told as the bytes go, from 0 again when an attempt is repeated. */
    onProgress?: ((bytes: number, of: number) => void) | undefined;
}

const ATTEMPTS = 3;

/** Hands the source's bytes to `put`, again where that fails in a way that may pass, and says what was sent. */
export async function uploadWithRetry(
    source: FileSource,
    { signal, onProgress }: TransferOptions,
    retryMs: number,
    put: (content: Readable, size: number) => Promise<void>,
): Promise<FileDigest> {
    for (let attempt = 1; ; attempt++) {
        const reading = await SourceReader.begin(source, onProgress);
        try {
            await put(reading.content, reading.size);
            return reading.digest();
        } catch (error) {
            if (reading.failure) throw reading.failure;
            if (attempt === ATTEMPTS || signal?.aborted || !isRetryable(error)) throw error;
            await sleep(withJitter(retryMs * 2 ** (attempt - 1)));
        }
    }
}

/** The digest of all that a stream brings. */
export async function digestOf(content: Readable): Promise<FileDigest> {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
        hash.update(chunk);
        size += chunk.length;
    }
    return { hash: hash.digest("hex"), size };
}

/** Whether a fresh address and another attempt may help: the connection broke, the address has expired, or the storage is out of order. */
function isRetryable(error: unknown): boolean {
    if (error instanceof AgbConnectionError) return error.call === UPLOAD;
    return (
        error instanceof AgbApiError &&
        error.call === UPLOAD &&
        (error.httpStatus === 403 || error.httpStatus === 429 || error.httpStatus >= 500)
    );
}

/** One pass over a source. Its size is told to AGB before the first byte, so it must not change meanwhile. */
class SourceReader {
    readonly #name: string;
    readonly #onProgress: TransferOptions["onProgress"];
    readonly content: Readable;
    /** Why the source could not be read to its end. */
    failure: Error | undefined;
    readonly #hash = createHash("sha256");
    #sent = 0;

    private constructor(
        name: string,
        readonly size: number,
        open: () => Readable,
        onProgress: TransferOptions["onProgress"],
    ) {
        this.#name = name;
        this.#onProgress = onProgress;

        this.content = Readable.from(this.#hashed(open), { objectMode: false });
        // Whoever takes the content hears of its failures too; without a taker they must not end the process.
        this.content.on("error", () => undefined);
    }

    static async begin(source: FileSource, onProgress: TransferOptions["onProgress"]): Promise<SourceReader> {
        if ("text" in source) {
            const bytes = Buffer.from(source.text);
            return new SourceReader("the text", bytes.length, () => Readable.from([bytes]), onProgress);
        }
        if ("open" in source) return new SourceReader("the stream", source.size, source.open, onProgress);
        const { file } = source;
        const stats = await stat(file).catch((error: unknown) => {
            throw unreadable(file, error);
        });
        if (!stats.isFile()) throw new Error(`${file} is not a file.`);
        return new SourceReader(file, stats.size, () => createReadStream(file), onProgress);
    }

    digest(): FileDigest {
        if (this.#sent !== this.size) {
            throw new AgbConnectionError(
                UPLOAD,
                `The upload was answered after ${this.#sent} of ${this.size} bytes.`,
                true,
            );
        }
        return { hash: this.#hash.digest("hex"), size: this.#sent };
    }

    async *#hashed(open: () => Readable): AsyncGenerator<Buffer> {
        for await (const chunk of this.#read(open)) {
            this.#sent += chunk.length;
            if (this.#sent > this.size) break;
            this.#hash.update(chunk);
            yield chunk;
            this.#onProgress?.(this.#sent, this.size);
        }
        if (this.#sent !== this.size) {
            throw (this.failure = new Error(`${this.#name} changed while it was being read.`));
        }
    }

    /** Apart from the above, where an error that is thrown in is the receiver's and not the source's. */
    async *#read(open: () => Readable): AsyncGenerator<Buffer> {
        try {
            yield* open() as AsyncIterable<Buffer>;
        } catch (error) {
            throw (this.failure = unreadable(this.#name, error));
        }
    }
}

const unreadable = (name: string, error: unknown) => new Error(`${name} cannot be read: ${errorMessage(error)}.`);
