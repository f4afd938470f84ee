/** The local AGB's time. It follows the machine's clock and can be advanced, to test what happens after days. */
export class Clock {
    #offsetMs = 0;
    #httpDate = { seconds: 0, text: "" };
    readonly #listeners: (() => Promise<void>)[] = [];

    /** Milliseconds since the epoch. */
    now(): number {
        return Date.now() + this.#offsetMs;
    }

    /** Whole seconds since the epoch, the resolution of sync task times. */
    seconds(): number {
        return Math.floor(this.now() / 1000);
    }

    /** For the header `Date`. Formatted once a second, because every response has one. */
    httpDate(): string {
        const seconds = this.seconds();
        if (this.#httpDate.seconds !== seconds) {
            this.#httpDate = { seconds, text: new Date(seconds * 1000).toUTCString() };
        }
        return this.#httpDate.text;
    }

    /** Advances the clock and does what becomes due: sessions are released, files are recycled. */
    async advance(milliseconds: number): Promise<void> {
        this.#offsetMs += milliseconds;
        await Promise.all(this.#listeners.map((listener) => listener()));
    }

    onAdvance(listener: () => Promise<void>): void {
        this.#listeners.push(listener);
    }
}
