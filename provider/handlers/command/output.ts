/** Readers for the output of a run: one shows new lines and keeps the end for the state, another passes everything on. */
import { stripVTControlCharacters } from "node:util";
import type { Reporter } from "../reporter";
import type { Piece } from "./sandbox";
import { MAX_PIECE_BYTES, type Position } from "./script";

/** How much of the output of a run is shown. */
const MAX_SHOWN_BYTES = 256 * 1024;

/** Reads one of the two outputs of a run, piece by piece. */
export interface OutputReader {
    /** What to read next. */
    readonly position: Position;
    /** Whether there is more to read than was read so far. */
    readonly isBehind: boolean;
    add(piece: Piece | undefined): void | Promise<void>;
}

/** Prints lines of both outputs of a run, up to a limit. */
export class OutputLog {
    readonly #reporter: Reporter;
    readonly #name: string;
    #left = MAX_SHOWN_BYTES;

    constructor(reporter: Reporter, name: string) {
        this.#reporter = reporter;
        this.#name = name;
    }

    get isFull(): boolean {
        return this.#left <= 0;
    }

    /** Prints complete lines. */
    print(text: string): void {
        if (this.#left <= 0) return;
        this.#left -= Buffer.byteLength(text);
        for (const line of text.split(/[\r\n]+/)) {
            const shown = stripVTControlCharacters(line).replace(/[^\t\P{Cc}]/gu, "");
            if (shown !== "") this.#reporter.info(`${this.#name}: ${shown}`);
        }
        if (this.#left <= 0) {
            this.#reporter.info(
                `${this.#name}: further output is not shown. The outputs stdout and stderr keep the end of it.`,
            );
        }
    }
}

/** Keeps the end of an output, and prints it line by line if there is a log. */
export class OutputStream implements OutputReader {
    /** Absent if the output is not shown. */
    readonly #log: OutputLog | undefined;
    /** The end of what was read. */
    #tail: Buffer = Buffer.alloc(0);
    /** What follows the last line break. */
    #partial: Buffer = Buffer.alloc(0);
    #next = 0;
    #size = 0;

    constructor(log: OutputLog | undefined) {
        this.#log = log;
    }

    /** What to read next. Without a log, only the end matters. */
    get position(): Position {
        return this.#log === undefined || this.#log.isFull ? "end" : this.#next;
    }

    /** Whether there is more to read than was read so far. */
    get isBehind(): boolean {
        return this.#next < this.#size;
    }

    add(piece: Piece | undefined): void {
        if (piece === undefined) return;
        const { size, from, bytes } = piece;
        const isContinued = from === this.#next;
        this.#tail = isContinued ? end(Buffer.concat([this.#tail, bytes])) : bytes;
        this.#next = from + bytes.length;
        this.#size = Math.max(size, this.#next);
        if (!isContinued) return;
        const all = Buffer.concat([this.#partial, bytes]);
        const lineEnd = Math.max(all.lastIndexOf("\n"), all.lastIndexOf("\r")) + 1;
        this.#log?.print(all.subarray(0, lineEnd).toString());
        this.#partial = end(all.subarray(lineEnd));
    }

    /** Prints the last line if it has no line break. */
    finish(): void {
        this.#log?.print(this.#partial.toString());
        this.#partial = Buffer.alloc(0);
    }

    /** The text for the state. Bytes that are not UTF-8 are replaced, and a line break at the end is left out. */
    get text(): string {
        const isCut = this.#size > this.#tail.length;
        const text = (isCut ? fromCharacterStart(this.#tail) : this.#tail).toString().replace(/\n$/, "");
        return isCut ? `[${this.#size - this.#tail.length} bytes of earlier output were left out]\n${text}` : text;
    }
}

/** Passes an output on as it is. */
export class OutputPipe implements OutputReader {
    readonly #write: (bytes: Buffer) => Promise<void>;
    #size = 0;
    position = 0;

    constructor(write: (bytes: Buffer) => Promise<void>) {
        this.#write = write;
    }

    get isBehind(): boolean {
        return this.position < this.#size;
    }

    async add(piece: Piece | undefined): Promise<void> {
        if (piece?.from !== this.position) return;
        this.position += piece.bytes.length;
        this.#size = piece.size;
        if (piece.bytes.length > 0) await this.#write(piece.bytes);
    }
}

const end = (bytes: Buffer): Buffer => bytes.subarray(Math.max(0, bytes.length - MAX_PIECE_BYTES));

/** Skips the rest of a character whose first bytes were cut. */
function fromCharacterStart(bytes: Buffer): Buffer {
    let start = 0;
    while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
    return bytes.subarray(start);
}
