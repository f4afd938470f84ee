/** A wait, told of while it lasts: a moving status; and one line at the beginning and the end where it is long, for logs. */
import type { Reporter } from "../account";
import type { CommonInputs } from "../contract";

/** A wait that is longer than this, in milliseconds, is told of in logs too. */
const LONG_WAIT_MS = 5000;
/** How often the moving status changes at the most, in milliseconds. */
const MIN_UPDATE_INTERVAL_MS = 250;

export class Progress {
    readonly #reporter: Reporter;
    readonly #name: string;
    readonly #startedAt = Date.now();
    #isLong = false;
    #updated = 0;

    constructor(inputs: CommonInputs, reporter: Reporter) {
        this.#reporter = reporter;

        this.#name = inputs.__origin?.name ?? "?";
    }

    /** Says `dev: 2 of 3 mounts synced, 4 s`. */
    update(done: string): void {
        if (Date.now() - this.#updated < MIN_UPDATE_INTERVAL_MS) return;
        this.#updated = Date.now();
        const waited = this.#updated - this.#startedAt;
        const text = `${this.#name}: ${done}, ${seconds(waited)}`;
        if (waited < LONG_WAIT_MS || this.#isLong) {
            this.#reporter.status(text);
        } else {
            this.#isLong = true;
            this.#reporter.milestone(`${text}; still waiting`);
        }
    }

    end(): void {
        if (this.#isLong)
            this.#reporter.milestone(`${this.#name}: done waiting after ${seconds(Date.now() - this.#startedAt)}`);
    }
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`;
