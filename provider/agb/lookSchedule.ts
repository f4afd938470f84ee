/**
 * When to look again at something that takes an unknown time. The interval grows with the time that has passed, so the end is
 * noticed late by a share of that time: 7 % on average, and 14 % at most. The number of looks is limited, however many wait.
 * That limit may delay the looks after 5 and 6 seconds, and the end is noticed up to 19 % late there.
 */

/** The shortest interval from the start of one look to the start of the next. */
export const MIN_INTERVAL_MS = 90;
/** The interval as a share of the time since the beginning. */
const INTERVAL_SHARE = 0.135;
/** The longest interval. After the early phase, also the shortest. */
const MAX_INTERVAL_MS = 1000;
const EARLY_MS = 10_000;
/** The looks that are permitted at once. One more is permitted every second, so 30 in the early phase. */
const EARLY_LOOKS = 20;

export class LookSchedule {
    #beganAt = Date.now();
    #looks = 0;
    #lookedAt = -Infinity;
    #intervalMs = 0;

    /** Starts over, because something new has begun. The next look is due at once. */
    restart(): void {
        this.#beganAt = Date.now();
        this.#looks = 0;
        this.#lookedAt = -Infinity;
    }

    /** Records that a look begins now. */
    lookStarted(): void {
        this.#lookedAt = Date.now();
        this.#looks++;
        const grownMs = (this.#lookedAt - this.#beganAt) * INTERVAL_SHARE;
        this.#intervalMs = outOfStep(Math.min(Math.max(grownMs, MIN_INTERVAL_MS), MAX_INTERVAL_MS));
    }

    /** When the next look is due. */
    get nextAt(): number {
        return this.#permittedFrom(this.#lookedAt + this.#intervalMs);
    }

    /** When the next look is due for a wait that has just begun and must not rely on earlier looks. */
    get soonestAt(): number {
        return this.#permittedFrom(this.#lookedAt + MIN_INTERVAL_MS);
    }

    /** The first time from the given one on at which the number of looks permits another. */
    #permittedFrom(time: number): number {
        const at = Math.max(time, this.#beganAt + (this.#looks - EARLY_LOOKS + 1) * 1000);
        return at < this.#beganAt + EARLY_MS ? at : Math.max(at, this.#lookedAt + MAX_INTERVAL_MS);
    }
}

/** Varies an interval a little, so clients that wait for the same event do not look in lockstep. */
const outOfStep = (intervalMs: number): number => intervalMs * (0.95 + 0.1 * Math.random());
