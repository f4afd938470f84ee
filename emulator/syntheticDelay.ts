import { setMaxListeners } from "node:events";
import { setTimeout } from "node:timers/promises";

/** The shortest time that work in the background takes, so that a client sees it under way. */
export class SyntheticDelay {
    readonly #milliseconds: number;
    #hurry = manyWait();

    constructor(milliseconds: number) {
        this.#milliseconds = milliseconds;
    }

    async pause(): Promise<void> {
        await setTimeout(this.#milliseconds, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
    }

    /** Nothing pauses until the work is done. */
    async flush(work: () => Promise<void>): Promise<void> {
        this.#hurry.abort();
        await work();
        this.#hurry = manyWait();
    }
}

function manyWait(): AbortController {
    const controller = new AbortController();
    // As many as syncs are under way, which is no leak.
    setMaxListeners(0, controller.signal);
    return controller;
}
