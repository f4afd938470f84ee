/** A minimum duration for background work, so that clients can observe it in progress. */
import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";

export class SyntheticDelay {
    readonly #durationMs: number;
    #skip = unlimitedListeners();

    constructor(durationMs: number) {
        this.#durationMs = durationMs;
    }

    /** Waits out the minimum duration of work that has taken `elapsedMs` so far. */
    async pause(elapsedMs = 0): Promise<void> {
        const remainingMs = this.#durationMs - elapsedMs;
        if (remainingMs <= 0) return;
        await setTimeout(remainingMs, undefined, { signal: this.#skip.signal }).catch(() => undefined);
    }

    /** Skips all pauses until `work` is done. */
    async flush(work: () => Promise<void>): Promise<void> {
        this.#skip.abort();
        await work();
        this.#skip = unlimitedListeners();
    }
}

function unlimitedListeners(): AbortController {
    const controller = new AbortController();
    // One listener per running sync is not a leak.
    setMaxListeners(0, controller.signal);
    return controller;
}
