/** A wait, told of while it lasts: a moving status; and one line at the beginning and the end where it is long, for logs. */
import type { Voice } from "./account";
import type { CommonInputs } from "./handlers";

/** A wait that is longer than this, in milliseconds, is told of in logs too. */
const LONG = 5000;
/** How often the moving status changes at the most, in milliseconds. */
const TELLING = 250;

export class Progress {
    readonly #name: string;
    readonly #began = Date.now();
    #isLong = false;
    #told = 0;

    constructor(inputs: CommonInputs, private readonly voice: Voice) {
        this.#name = inputs.__origin?.name ?? "?";
    }

    /** Says `dev: 2 of 3 mounts synced, 4 s`. */
    tell(done: string): void {
        if (Date.now() - this.#told < TELLING) return;
        this.#told = Date.now();
        const waited = this.#told - this.#began;
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
