/** Polls the sync tasks of a session, in one loop that all waits on that session share. */
import type { AgbClient } from "./client";
import { AgbApiError, AgbConnectionError, isKeyRejected } from "./errors";
import { sessionEndState } from "./existence";
import { FIRST_PAUSE_MS, nextPause, sleep, withJitter } from "./polling";
import type { SyncTask } from "./wire";

/** The tasks of a session at one moment. */
export interface Snapshot {
    tasks: SyncTask[];
    /** The service's clock, in milliseconds since the epoch. */
    serverTime: number;
}

interface WatchOptions {
    /** When to stop waiting, in milliseconds since the epoch. */
    deadline: number;
    /** Called after each poll, with the time waited so far. After several polls that failed, also with the last failure. */
    onProgress?: ((waitedMs: number, failure: Error | undefined) => void) | undefined;
}

/** So many polls in a row must fail before a wait mentions it in its progress. */
const FAILURES_TO_REPORT = 3;
/** The first refresh of the idle time, for a wait that is not over at once. */
const FIRST_REFRESH_MS = 1000;

interface Watcher {
    /** Returns true if the wait is over. */
    onSnapshot: (snapshot: Snapshot) => boolean;
    onTimeout: (lastFailure: Error | undefined) => void;
    fail: (error: unknown) => void;
    options: WatchOptions;
    startedAt: number;
    pauseMs: number;
}

/** Polls while anything waits, and keeps the session from idling meanwhile. */
export class SyncTaskPoller {
    readonly #agb: AgbClient;
    readonly #sessionId: string;
    readonly #keepAliveMs: number;
    readonly #watchers = new Set<Watcher>();
    #isPolling = false;
    #refreshAt = 0;
    #lastFailure: Error | undefined;
    /** The number of polls that have failed since the last one that succeeded. */
    #failures = 0;
    #unreadableSince: number | undefined;

    constructor(agb: AgbClient, sessionId: string, idleReleaseSeconds: number) {
        this.#agb = agb;
        this.#sessionId = sessionId;
        this.#keepAliveMs = (idleReleaseSeconds * 1000) / 3;
    }

    /**
     * Returns the first result of `decide` that is not `undefined`. At the deadline, throws the error that `timeoutError`
     * creates. A failed poll is ignored unless no later one can succeed, for example because the session is gone.
     */
    watch<T>(
        decide: (snapshot: Snapshot) => T | undefined,
        timeoutError: (lastFailure: Error | undefined) => Error,
        options: WatchOptions,
    ): Promise<T> {
        return new Promise<T>((resolve, reject) => {
            this.#watchers.add({
                onSnapshot: (snapshot) => {
                    const result = decide(snapshot);
                    if (result === undefined) return false;
                    resolve(result);
                    return true;
                },
                onTimeout: (lastFailure) => reject(timeoutError(lastFailure)),
                fail: reject,
                options,
                startedAt: Date.now(),
                pauseMs: FIRST_PAUSE_MS,
            });
            if (!this.#isPolling) void this.#run();
        });
    }

    async #run(): Promise<void> {
        this.#isPolling = true;
        this.#failures = 0;
        this.#unreadableSince = undefined;
        // The session may have been idle for long before this wait.
        this.#refreshAt = Date.now() + Math.min(FIRST_REFRESH_MS, this.#keepAliveMs);
        while (this.#watchers.size > 0) {
            await this.#poll();
            if (Date.now() >= this.#refreshAt && this.#watchers.size > 0) {
                this.#refreshAt = Date.now() + this.#keepAliveMs;
                // If this fails, the next polls report what is wrong.
                await this.#agb.refreshIdleTime(this.#sessionId).catch(() => undefined);
            }
            const pauseMs = this.#shortestPause();
            if (pauseMs > 0) await sleep(pauseMs);
        }
        this.#isPolling = false;
    }

    async #poll(): Promise<void> {
        try {
            const snapshot = await this.#agb.getSyncTasks(this.#sessionId);
            this.#lastFailure = undefined;
            this.#failures = 0;
            this.#unreadableSince = undefined;
            for (const watcher of this.#watchers) {
                if (watcher.onSnapshot(snapshot)) this.#watchers.delete(watcher);
            }
        } catch (error) {
            if (await this.#isPermanent(error)) {
                for (const watcher of this.#watchers) watcher.fail(error);
                this.#watchers.clear();
                return;
            }
            this.#lastFailure = error instanceof Error ? error : undefined;
            this.#failures++;
            this.#unreadableSince =
                error instanceof AgbConnectionError && error.isUnreadable
                    ? (this.#unreadableSince ?? Date.now())
                    : undefined;
        }
        const now = Date.now();
        const failure = this.#failures >= FAILURES_TO_REPORT ? this.#lastFailure : undefined;
        for (const watcher of this.#watchers) {
            if (now >= Math.min(watcher.options.deadline, this.#givesUpAt())) {
                this.#watchers.delete(watcher);
                watcher.onTimeout(this.#lastFailure);
            } else {
                watcher.options.onProgress?.(now - watcher.startedAt, failure);
            }
        }
    }

    /** Answers that have been unreadable for a while remain so, because this version does not know their format. */
    #givesUpAt(): number {
        return this.#unreadableSince === undefined
            ? Infinity
            : this.#unreadableSince + this.#agb.timings.unreadableLimitMs;
    }

    /** Whether every later poll would fail, too: the session is gone, the key is rejected, or the error is not AGB's. */
    async #isPermanent(error: unknown): Promise<boolean> {
        if (error instanceof AgbConnectionError) return false;
        if (!(error instanceof AgbApiError) || isKeyRejected(error)) return true;
        try {
            return (await sessionEndState(this.#agb, this.#sessionId)) !== undefined;
        } catch {
            return false;
        }
    }

    #shortestPause(): number {
        let shortestMs = Infinity;
        const now = Date.now();
        if (this.#watchers.size > 0) shortestMs = Math.max(this.#refreshAt - now, 1);
        for (const watcher of this.#watchers) {
            const untilDeadlineMs = Math.max(watcher.options.deadline - now, 1);
            shortestMs = Math.min(shortestMs, withJitter(watcher.pauseMs), untilDeadlineMs);
            watcher.pauseMs = nextPause(watcher.pauseMs);
        }
        return Number.isFinite(shortestMs) ? shortestMs : 0;
    }
}
