/** The encoded resources of one checkpoint after another. A save encodes and moves only what comes after the first change. */
import { commonPrefix } from "../model/values";
import type { ResourceState } from "../model/types";

const INITIAL_BYTES = 1 << 16;

export class ResourceBytes {
    readonly #encode: (state: ResourceState) => string;
    /** States are never changed in place, so each is encoded once. */
    readonly #encoded = new WeakMap<ResourceState, Buffer>();
    #states: readonly ResourceState[] = [];
    /** Where each state ends in the buffer. */
    #ends: number[] = [];
    #buffer = Buffer.allocUnsafe(INITIAL_BYTES);

    constructor(encode: (state: ResourceState) => string) {
        this.#encode = encode;
    }

    /** The states, separated by commas. The result is valid until the next call. */
    join(states: readonly ResourceState[]): Buffer {
        const unchanged = commonPrefix(this.#states, states);
        this.#states = states;
        this.#ends.length = unchanged;
        let end = this.#ends.at(-1) ?? 0;
        for (let index = unchanged; index < states.length; index++) {
            const bytes = this.bytesOf(states[index] as ResourceState);
            this.#reserve(end + 1 + bytes.length);
            if (index > 0) this.#buffer[end++] = COMMA;
            this.#buffer.set(bytes, end);
            end += bytes.length;
            this.#ends.push(end);
        }
        return this.#buffer.subarray(0, end);
    }

    bytesOf(state: ResourceState): Buffer {
        let bytes = this.#encoded.get(state);
        if (bytes === undefined) {
            bytes = Buffer.from(this.#encode(state));
            this.#encoded.set(state, bytes);
        }
        return bytes;
    }

    #reserve(size: number): void {
        if (size <= this.#buffer.length) return;
        const larger = Buffer.allocUnsafe(2 * size);
        larger.set(this.#buffer);
        this.#buffer = larger;
    }
}

const COMMA = 0x2c;
