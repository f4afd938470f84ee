/** WaitOptions for something at AGB: quick looks at first, slower ones as it goes on, a clear end. */

export interface WaitOptions {
    /** When to give up, in milliseconds since the epoch. */
    deadline: number;
    /** Told while it waits, with the milliseconds waited so far. */
    onProgress?: ((waited: number) => void) | undefined;
}

export const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;
const GROWTH = 1.3;

/** The next pause, in milliseconds: a share of the last one longer, never above a second. */
export function nextPause(pause: number): number {
    return Math.min(pause * GROWTH, MAX_PAUSE_MS);
}

/** Some of the pause at random, so that many who wait do not all ask at the same moment. */
export function withJitter(pause: number): number {
    return pause * (0.8 + 0.2 * Math.random());
}

export function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Looks until `look` answers something, or gives `undefined` at the deadline. */
export async function pollUntil<T>(
    look: () => Promise<T | undefined>,
    { deadline, onProgress }: WaitOptions,
): Promise<T | undefined> {
    const began = Date.now();
    for (let pause = FIRST_PAUSE_MS; ; pause = nextPause(pause)) {
        const found = await look();
        if (found !== undefined) return found;
        const left = deadline - Date.now();
        if (left <= 0) return undefined;
        onProgress?.(Date.now() - began);
        await sleep(Math.min(withJitter(pause), left));
    }
}
