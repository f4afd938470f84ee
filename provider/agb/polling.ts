/** Polling with a deadline. */
import { LookSchedule } from "./lookSchedule";

export interface WaitOptions {
    /** When to stop waiting, in milliseconds since the epoch. */
    deadline: number;
    /** Called after each poll, with the time waited so far in milliseconds. */
    onProgress?: ((waitedMs: number) => void) | undefined;
}

export const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;
const GROWTH_FACTOR = 1.3;

/** The pause after the given one: longer by a constant factor, and never longer than a second. */
export function nextPause(pauseMs: number): number {
    return Math.min(pauseMs * GROWTH_FACTOR, MAX_PAUSE_MS);
}

/** Shortens a pause by up to a fifth at random, so clients do not repeat their requests in lockstep. */
export function withJitter(pauseMs: number): number {
    return pauseMs * (0.8 + 0.2 * Math.random());
}

export function sleep(durationMs: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** Calls `poll` until it returns a value other than `undefined`. Returns `undefined` at the deadline. */
export async function pollUntil<T>(
    poll: () => Promise<T | undefined>,
    { deadline, onProgress }: WaitOptions,
): Promise<T | undefined> {
    const startedAt = Date.now();
    const schedule = new LookSchedule();
    for (;;) {
        schedule.lookStarted();
        const result = await poll();
        if (result !== undefined) return result;
        const now = Date.now();
        if (now >= deadline) return undefined;
        onProgress?.(now - startedAt);
        await sleep(Math.max(Math.min(schedule.nextAt, deadline) - now, 0));
    }
}
