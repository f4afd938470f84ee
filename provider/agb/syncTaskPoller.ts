/** One loop of looks at a session's sync tasks, shared by all who wait on that session. */
import type { AgbClient } from "./client";
import { AgbApiError, AgbConnectionError } from "./errors";
import { sessionEndState } from "./existence";
import type { SyncTask } from "./wire";
import { FIRST_PAUSE_MS, nextPause, sleep, withJitter, type WaitOptions } from "./polling";

/** What one look shows: the tasks, and the service's clock (milliseconds). */
export interface Snapshot {
    tasks: SyncTask[];
    serverTime: number;
}

interface Watcher {
    /** True when it has seen enough. */
    onSnapshot: (look: Snapshot) => boolean;
    fail: (error: unknown) => void;
    onTimeout: (lastFailure: Error | undefined) => void;
    waiting: WaitOptions;
    began: number;
    pause: number;
}

/** Asks AGB for the tasks of one session while anybody waits, and keeps the session from idling away meanwhile. */
export class SyncTaskPoller {
    readonly #agb: AgbClient;
    readonly #sessionId: string;
    readonly #idleReleaseTimeout: number;
    readonly #watchers = new Set<Watcher>();
    #looping = false;
    #lastFailure: Error | undefined;

    constructor(agb: AgbClient, sessionId: string, idleReleaseTimeout: number) {
        this.#agb = agb;
        this.#sessionId = sessionId;
        this.#idleReleaseTimeout = idleReleaseTimeout;
    }

    /**
     * Answers what `decide` makes of a look, as soon as that is not `undefined`; throws at the deadline what `late` gives.
     * A status call that fails counts as no news; a session that is gone ends the wait.
     */
    watch<T>(
        decide: (look: Snapshot) => T | undefined,
        late: (lastFailure: Error | undefined) => Error,
        waiting: WaitOptions,
    ): Promise<T> {
        return new Promise<T>((resolve, reject) => {
            this.#watchers.add({
                onSnapshot: (look) => {
                    const decided = decide(look);
                    if (decided === undefined) return false;
                    resolve(decided);
                    return true;
                },
                fail: reject,
                onTimeout: (lastFailure) => reject(late(lastFailure)),
                waiting,
                began: Date.now(),
                pause: FIRST_PAUSE_MS,
            });
            if (!this.#looping) void this.#loop();
        });
    }

    async #loop(): Promise<void> {
        this.#looping = true;
        let keptAlive = Date.now();
        while (this.#watchers.size > 0) {
            await this.#look();
            if (Date.now() - keptAlive > (this.#idleReleaseTimeout * 1000) / 3) {
                keptAlive = Date.now();
                // Only a courtesy: when it fails, the looks go on and say what is wrong.
                await this.#agb.refreshIdleTime(this.#sessionId).catch(() => undefined);
            }
            const pause = this.#shortestPause();
            if (pause > 0) await sleep(pause);
        }
        this.#looping = false;
    }

    async #look(): Promise<void> {
        try {
            const look = await this.#agb.getSyncTasks(this.#sessionId);
            this.#lastFailure = undefined;
            for (const watcher of this.#watchers) if (watcher.onSnapshot(look)) this.#watchers.delete(watcher);
        } catch (error) {
            if (await this.#isFinal(error)) {
                for (const watcher of this.#watchers) watcher.fail(error);
                this.#watchers.clear();
                return;
            }
            this.#lastFailure = error instanceof Error ? error : undefined;
        }
        const now = Date.now();
        for (const watcher of this.#watchers) {
            if (now >= watcher.waiting.deadline) {
                this.#watchers.delete(watcher);
                watcher.onTimeout(this.#lastFailure);
            } else {
                watcher.waiting.onProgress?.(now - watcher.began);
            }
        }
    }

    /** Whether looking again can only fail: the session has been released, the key is refused, or the error is none of AGB's. */
    async #isFinal(error: unknown): Promise<boolean> {
        if (error instanceof AgbConnectionError) return false;
        if (!(error instanceof AgbApiError)) return true;
        return (
            error.httpStatus === 401 ||
            (await sessionEndState(this.#agb, this.#sessionId).then(
                (end) => end !== undefined,
                () => false,
            ))
        );
    }

    #shortestPause(): number {
        let shortest = Infinity;
        const now = Date.now();
        for (const watcher of this.#watchers) {
            shortest = Math.min(shortest, withJitter(watcher.pause), Math.max(watcher.waiting.deadline - now, 1));
            watcher.pause = nextPause(watcher.pause);
        }
        return Number.isFinite(shortest) ? shortest : 0;
    }
}
