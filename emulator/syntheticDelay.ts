/** A minimum duration for background work, so that clients can observe it in progress. */
import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";

export class SyntheticDelay {
    readonly #durationMs: number;
    #skip = unlimitedListeners();

    constructor(durationMs: number) {
        this.#durationMs = durationMs;
    }

    async pause(): Promise<void> {
        await setTimeout(this.#durationMs, undefined, { signal: this.#skip.signal }).catch(() => undefined);
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
