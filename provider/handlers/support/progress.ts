/** Progress of a wait: a short-lived status, and for a long wait one line at its start and its end, for logs. */
import type { CommonInputs } from "../origin";
import type { Reporter } from "../reporter";

/** Logs mention waits that take longer than this. */
const LONG_WAIT_MS = 5000;
const MIN_UPDATE_INTERVAL_MS = 250;

export class Progress {
    readonly #reporter: Reporter;
    readonly #name: string;
    readonly #startedAt = Date.now();
    #isLong = false;
    #updatedAt = 0;

    constructor(inputs: CommonInputs, reporter: Reporter) {
        this.#reporter = reporter;
        this.#name = inputs.__origin?.name ?? "?";
    }

    /** Reports `dev: 2 of 3 mounts synced, 4 s`. */
    update(done: string): void {
        if (Date.now() - this.#updatedAt < MIN_UPDATE_INTERVAL_MS) return;
        this.#updatedAt = Date.now();
        const waited = this.#updatedAt - this.#startedAt;
        const text = `${this.#name}: ${done}, ${seconds(waited)}`;
        if (waited < LONG_WAIT_MS || this.#isLong) {
            this.#reporter.status(text);
        } else {
            this.#isLong = true;
            this.#reporter.milestone(`${text}; still waiting`);
        }
    }

    end(): void {
        if (this.#isLong) {
            this.#reporter.milestone(`${this.#name}: done waiting after ${seconds(Date.now() - this.#startedAt)}`);
        }
    }
}

const seconds = (milliseconds: number) => `${Math.round(milliseconds / 1000)} s`;
