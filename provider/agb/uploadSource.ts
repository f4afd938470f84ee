/** What uploads read, with its digest. Large content is streamed and hashed on the way, and never in memory as a whole. */
import { createHash, hash } from "node:crypto";
import { createReadStream, readFile, stat } from "node:fs";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { errorMessage } from "../../common/errorMessage";
import { AgbConnectionError, UPLOAD } from "./errors";

/** The content of an upload: a local file, a string, or a stream that is opened for each attempt and has `size` bytes. */
export type FileSource = { file: string } | { text: string } | { open: () => Readable; size: number };

/** The digest of a file's content. */
export interface FileDigest {
    /** SHA-256 in hexadecimal. */
    hash: string;
    /** Number of bytes. */
    size: number;
}

/** Content up to this size is read, hashed and sent in one piece, which costs a fraction of a stream. */
const MAX_PIECE_BYTES = 64 * 1024;

/** How much of a larger file is read at a time. The chunks of all transfers at the same time are in memory. */
const CHUNK_BYTES = 256 * 1024;

/** With callbacks, because the functions of `node:fs/promises` cost twice as much. */
const statFile = promisify(stat);
const readWhole = (file: string): Promise<Buffer> => promisify(readFile)(file);

/** A source as one attempt sends it. AGB learns its size before the first byte, so the source must not change meanwhile. */
export interface OpenSource {
    readonly content: Buffer | Readable;
    readonly size: number;
    /** Why the source could not be read completely. */
    readonly failure?: Error | undefined;
    /** The digest of what was sent. */
    digest(): FileDigest;
}

type OnProgress = ((sentBytes: number, totalBytes: number) => void) | undefined;

export async function openSource(source: FileSource, onProgress: OnProgress): Promise<OpenSource> {
    if ("open" in source) return new SourceStream("the stream", source.size, source.open, onProgress);
    if ("text" in source) {
        const bytes = Buffer.from(source.text);
        if (bytes.length <= MAX_PIECE_BYTES) return piece(bytes, onProgress);
        return new SourceStream("the text", bytes.length, () => Readable.from([bytes]), onProgress);
    }
    const { file } = source;
    const unreadable = (error: unknown): never => {
        throw readError(file, error);
    };
    const stats = await statFile(file).catch(unreadable);
    if (!stats.isFile()) throw new Error(`${file} is not a file.`);
    if (stats.size > MAX_PIECE_BYTES) {
        return new SourceStream(
            file,
            stats.size,
            () => createReadStream(file, { highWaterMark: CHUNK_BYTES }),
            onProgress,
        );
    }
    const bytes = await readWhole(file).catch(unreadable);
    if (bytes.length !== stats.size) throw changedError(file);
    return piece(bytes, onProgress);
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

/** Returns the digest of a local file. */
export async function digestOfFile(file: string): Promise<FileDigest> {
    const { size } = await statFile(file);
    return size <= MAX_PIECE_BYTES ? digestOfBytes(await readWhole(file)) : digestOf(createReadStream(file));
}

const digestOfBytes = (bytes: Buffer): FileDigest => ({ hash: hash("sha256", bytes), size: bytes.length });

const piece = (bytes: Buffer, onProgress: OnProgress): OpenSource => ({
    content: bytes,
    size: bytes.length,
    digest() {
        onProgress?.(bytes.length, bytes.length);
        return digestOfBytes(bytes);
    },
});

/** Reads a source once. */
class SourceStream implements OpenSource {
    readonly #name: string;
    readonly #onProgress: OnProgress;
    readonly #hash = createHash("sha256");
    #sentBytes = 0;
    readonly content: Readable;
    readonly size: number;
    failure: Error | undefined;

    constructor(name: string, size: number, open: () => Readable, onProgress: OnProgress) {
        this.#name = name;
        this.size = size;
        this.#onProgress = onProgress;
        this.content = Readable.from(this.#hashed(open), { objectMode: false, highWaterMark: 4 * CHUNK_BYTES });
        // The consumer of the content sees its errors. If there is no consumer, they must not crash the process.
        this.content.on("error", () => undefined);
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
        if (this.#sentBytes !== this.size) throw (this.failure = changedError(this.#name));
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

const changedError = (name: string): Error => new Error(`${name} changed while it was being read.`);
const readError = (name: string, error: unknown): Error => new Error(`${name} cannot be read: ${errorMessage(error)}.`);
