/** File uploads and digests. Content is streamed and hashed on the way, and is never held in memory as a whole. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { errorMessage } from "../../common/errorMessage";
import { AgbApiError, AgbConnectionError, mayHaveTakenEffect, UPLOAD } from "./errors";
import { sleep, withJitter } from "./polling";

/** The content of an upload: a local file, a string, or a stream that is opened for each attempt and has `size` bytes. */
export type FileSource = { file: string } | { text: string } | { open: () => Readable; size: number };

/** The digest of a file's content. */
export interface FileDigest {
    /** SHA-256 in hexadecimal. */
    hash: string;
    /** Number of bytes. */
    size: number;
}

export interface TransferOptions {
    /** Cancels the transfer. */
    signal?: AbortSignal | undefined;
    /** Called as bytes are sent. Starts over at 0 if the upload is repeated. */
    onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
}

const MAX_ATTEMPTS = 3;

/** Uploads the source with `put`, repeats the upload after errors that may be temporary, and returns what was sent. */
export async function uploadWithRetry(
    source: FileSource,
    { signal, onProgress }: TransferOptions,
    retryMs: number,
    put: (content: Readable, size: number) => Promise<void>,
): Promise<FileDigest> {
    let unclear: unknown;
    for (let attempt = 1; ; attempt++) {
        const reader = await SourceReader.open(source, onProgress);
        try {
            await put(reader.content, reader.size);
            return reader.digest();
        } catch (error) {
            if (reader.failure) throw reader.failure;
            if (mayHaveTakenEffect(error)) unclear = error;
            // A later attempt that fails for certain says nothing about an earlier one.
            if (attempt === MAX_ATTEMPTS || signal?.aborted || !isRetryable(error)) throw unclear ?? error;
            await sleep(withJitter(retryMs * 2 ** (attempt - 1)));
        }
    }
}

/**
 * Returns the digest of a stream's content.
 *
 * @example
 * import { digestOf } from "pulumi-agb/client";
 *
 * const { hash, size } = await digestOf(await client.downloadContextFile("SdkCtx-1", "/home/notes/a.txt"));
 */
export async function digestOf(content: Readable): Promise<FileDigest> {
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
        hash.update(chunk);
        size += chunk.length;
    }
    return { hash: hash.digest("hex"), size };
}

/** Whether another attempt at a new URL may succeed: the connection broke, the URL expired, or the storage is unavailable. */
function isRetryable(error: unknown): boolean {
    if (error instanceof AgbConnectionError) return error.call === UPLOAD;
    if (!(error instanceof AgbApiError) || error.call !== UPLOAD) return false;
    return error.httpStatus === 403 || error.httpStatus === 429 || error.httpStatus >= 500;
}

/** Reads a source once. AGB learns its size before the first byte, so the source must not change meanwhile. */
class SourceReader {
    readonly #name: string;
    readonly #onProgress: TransferOptions["onProgress"];
    readonly #hash = createHash("sha256");
    #sentBytes = 0;
    readonly content: Readable;
    readonly size: number;
    /** Why the source could not be read completely. */
    failure: Error | undefined;

    private constructor(name: string, size: number, open: () => Readable, onProgress: TransferOptions["onProgress"]) {
        this.#name = name;
        this.size = size;
        this.#onProgress = onProgress;
        this.content = Readable.from(this.#hashed(open), { objectMode: false });
        // The consumer of the content sees its errors. If there is no consumer, they must not crash the process.
        this.content.on("error", () => undefined);
    }

    static async open(source: FileSource, onProgress: TransferOptions["onProgress"]): Promise<SourceReader> {
        if ("text" in source) {
            const bytes = Buffer.from(source.text);
            return new SourceReader("the text", bytes.length, () => Readable.from([bytes]), onProgress);
        }
        if ("open" in source) return new SourceReader("the stream", source.size, source.open, onProgress);
        const { file } = source;
        const stats = await stat(file).catch((error: unknown) => {
            throw readError(file, error);
        });
        if (!stats.isFile()) throw new Error(`${file} is not a file.`);
        return new SourceReader(file, stats.size, () => createReadStream(file), onProgress);
    }

    digest(): FileDigest {
        if (this.#sentBytes !== this.size) {
            const message = `The upload was acknowledged after ${this.#sentBytes} of ${this.size} bytes.`;
            throw new AgbConnectionError(UPLOAD, message, true);
        }
        return { hash: this.#hash.digest("hex"), size: this.#sentBytes };
    }

    async *#hashed(open: () => Readable): AsyncGenerator<Buffer> {
        for await (const chunk of this.#read(open)) {
            this.#sentBytes += chunk.length;
            if (this.#sentBytes > this.size) break;
            this.#hash.update(chunk);
            yield chunk;
            this.#onProgress?.(this.#sentBytes, this.size);
        }
        if (this.#sentBytes !== this.size) {
            throw (this.failure = new Error(`${this.#name} changed while it was being read.`));
        }
    }

    /** A generator of its own, because in `#hashed` the consumer's errors would look like errors of the source. */
    async *#read(open: () => Readable): AsyncGenerator<Buffer> {
        try {
            yield* open() as AsyncIterable<Buffer>;
        } catch (error) {
            throw (this.failure = readError(this.#name, error));
        }
    }
}

function readError(name: string, error: unknown): Error {
    return new Error(`${name} cannot be read: ${errorMessage(error)}.`);
}
