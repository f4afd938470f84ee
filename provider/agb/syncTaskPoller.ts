/** Polls the sync tasks of a session, in one loop that all waits on that session share. */
import type { AgbClient } from "./client";
import { AgbApiError, AgbConnectionError, isKeyRejected } from "./errors";
import { sessionEndState } from "./existence";
import { LookSchedule, MIN_INTERVAL_MS } from "./lookSchedule";
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
}

/** Polls while anything waits, and keeps the session from idling meanwhile. */
export class SyncTaskPoller {
    readonly #agb: AgbClient;
    readonly #sessionId: string;
    readonly #watchers = new Set<Watcher>();
    readonly #schedule = new LookSchedule();
    #keepAliveMs = Infinity;
    #isPolling = false;
    /** Whether a wait has begun since the last poll. */
    #hasNewcomer = false;
    /** Ends the current pause. */
    #wake: () => void = () => undefined;
    #refreshAt = 0;
    #lastFailure: Error | undefined;
    /** The number of polls that have failed since the last one that succeeded. */
    #failures = 0;
    #unreadableSince: number | undefined;

    constructor(agb: AgbClient, sessionId: string) {
        this.#agb = agb;
        this.#sessionId = sessionId;
    }

    /** Sets the idle limit of the session. Of several, the shortest counts. */
    keepAlive(idleReleaseSeconds: number): void {
        this.#keepAliveMs = Math.min(this.#keepAliveMs, (idleReleaseSeconds * 1000) / 3);
    }

    /** Records that the session was active just now, so its idle time needs no refresh for a while. */
    sessionWasActive(): void {
        this.#refreshAt = Date.now() + this.#keepAliveMs;
    }

    /**
     * Records that a sync has started. The first polls are frequent again, unless something else is waited for: waits that
     * overlap share one schedule, so the number of polls stays limited whenever they begin.
     */
    syncStarted(): void {
        if (this.#watchers.size === 0) this.#schedule.restart();
    }

    /** Polls once, if that is permitted now. Returns `undefined` if it fails. */
    async look(): Promise<Snapshot | undefined> {
        if (this.#schedule.soonestAt > Date.now()) return undefined;
        this.#schedule.lookStarted();
        return this.#agb.getSyncTasks(this.#sessionId).catch(() => undefined);
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
            });
            this.#hasNewcomer = true;
            if (this.#isPolling) this.#wake();
            else void this.#run();
        });
    }

    async #run(): Promise<void> {
        this.#isPolling = true;
        this.#failures = 0;
        this.#unreadableSince = undefined;
        const now = Date.now();
        // The session may have been idle for long before this wait.
        if (this.#refreshAt <= now) this.#refreshAt = now + Math.min(FIRST_REFRESH_MS, this.#keepAliveMs);
        // Waits that begin together share the first poll.
        await Promise.resolve();
        while (this.#watchers.size > 0) {
            if (Date.now() >= this.#lookAt()) {
                await this.#poll();
            } else {
                await this.#pause();
                // A wait whose deadline has come has a last look, if that is permitted.
                if (Date.now() < this.#lookAt()) this.#endOverdue();
            }
            this.#refreshIfDue();
        }
        this.#isPolling = false;
    }

    /** When to poll: at the deadline of a wait at the latest, if that is permitted. */
    #lookAt(): number {
        const { nextAt, soonestAt } = this.#schedule;
        if (this.#hasNewcomer) return soonestAt;
        const deadline = this.#firstDeadline();
        // A poll shortly before the deadline would take the place of the last one.
        return Math.max(nextAt + MIN_INTERVAL_MS > deadline ? deadline : nextAt, soonestAt);
    }

    #firstDeadline(): number {
        return Math.min(...[...this.#watchers].map(({ options }) => options.deadline));
    }

    async #pause(): Promise<void> {
        const until = Math.min(this.#lookAt(), this.#refreshAt, this.#firstDeadline());
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Math.max(until - Date.now(), 1));
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }

    #refreshIfDue(): void {
        const now = Date.now();
        if (now < this.#refreshAt || this.#watchers.size === 0) return;
        this.#refreshAt = now + this.#keepAliveMs;
        // If this fails, the next polls report what is wrong.
        this.#agb.refreshIdleTime(this.#sessionId).catch(() => undefined);
    }

    async #poll(): Promise<void> {
        // A wait that begins during the poll must not rely on it.
        const watchers = [...this.#watchers];
        this.#hasNewcomer = false;
        this.#schedule.lookStarted();
        try {
            const snapshot = await this.#agb.getSyncTasks(this.#sessionId);
            this.#lastFailure = undefined;
            this.#failures = 0;
            this.#unreadableSince = undefined;
            for (const watcher of watchers) {
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
        this.#endOverdue();
        const failure = this.#failures >= FAILURES_TO_REPORT ? this.#lastFailure : undefined;
        for (const { options, startedAt } of this.#watchers) options.onProgress?.(Date.now() - startedAt, failure);
    }

    #endOverdue(): void {
        for (const watcher of this.#watchers) {
            if (Date.now() < Math.min(watcher.options.deadline, this.#givesUpAt())) continue;
            this.#watchers.delete(watcher);
            watcher.onTimeout(this.#lastFailure);
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
}
