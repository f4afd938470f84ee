/** A wait, told of while it lasts: a moving status; and one line at the beginning and the end where it is long, for logs. */
import type { Voice } from "./account";
import type { CommonInputs } from "./handlers";

/** A wait that is longer than this, in milliseconds, is told of in logs too. */
const LONG = 5000;

export class Progress {
    readonly #name: string;
    readonly #began = Date.now();
    #isLong = false;

    constructor(inputs: CommonInputs, private readonly voice: Voice) {
        this.#name = inputs.__origin?.name ?? "?";
    }

    /** Says `dev: 2 of 3 mounts synced, 4 s`. */
    tell(done: string): void {
        const waited = Date.now() - this.#began;
        const text = `${this.#name}: ${done}, ${seconds(waited)}`;
        if (waited < LONG || this.#isLong) {
            this.voice.status(text);
        } else {
            this.#isLong = true;
            this.voice.milestone(`${text}; still waiting`);
        }
    }

    end(): void {
        if (this.#isLong) this.voice.milestone(`${this.#name}: done waiting after ${seconds(Date.now() - this.#began)}`);
    }
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`;
