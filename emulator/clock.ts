/** The time as the local AGB sees it. It runs with the machine's and can be put forward, to see what days do. */
export class Clock {
    #offset = 0;
    readonly #watchers: (() => Promise<void>)[] = [];

    /** Milliseconds since the epoch. */
    now(): number {
        return Date.now() + this.#offset;
    }

    /** Whole seconds since the epoch, as sync tasks are stamped. */
    seconds(): number {
        return Math.floor(this.now() / 1000);
    }

    /** Puts the clock forward and does what falls due by that, as far as releasing and recycling go. */
    async advance(milliseconds: number): Promise<void> {
        this.#offset += milliseconds;
        await Promise.all(this.#watchers.map((watcher) => watcher()));
    }

    onAdvance(watcher: () => Promise<void>): void {
        this.#watchers.push(watcher);
    }
}
