/** When sessions expire: after their idle timeout, and at the latest after their maximum lifetime. */
import type { Account, SessionRecord } from "./account";
import type { Clock } from "./clock";
import { messageWithoutPaths } from "./messageWithoutPaths";
import type { SessionReleases } from "./sessionReleases";

/** The maximum lifetime of a session, however much it is used. */
const MAX_SESSION_SECONDS = 30 * 60;
/** The longest delay that a Node.js timer supports. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MIN_TIMER_MS = 50;
/** How far the end of an active session is assumed to be in the future, at least. */
const ACTIVE_GRACE_MS = 1000;

export class SessionExpiry {
    readonly #account: Account;
    readonly #releases: SessionReleases;
    readonly #clock: Clock;
    readonly #warn: (message: string) => void;
    readonly #lastUse = new WeakMap<SessionRecord, number>();
    readonly #activeCalls = new WeakMap<SessionRecord, number>();
    #timer: NodeJS.Timeout | undefined;
    #stopped = false;

    constructor(account: Account, releases: SessionReleases, clock: Clock, warn: (message: string) => void) {
        this.#account = account;
        this.#releases = releases;
        this.#clock = clock;
        this.#warn = warn;
    }

    /** Releases the sessions that expired while the server was stopped, and from now on every session that expires. */
    async start(): Promise<void> {
        this.#clock.onAdvance(() => this.#releaseExpired());
        await this.#releaseExpired();
    }

    stop(): void {
        this.#stopped = true;
        clearTimeout(this.#timer);
    }

    /** Restarts the idle timeout of a session. */
    touch(session: SessionRecord): void {
        this.#lastUse.set(session, this.#clock.now());
    }

    /** Keeps the session from becoming idle while the work runs. */
    async whileBusy<Result>(session: SessionRecord, work: () => Promise<Result>): Promise<Result> {
        this.#activeCalls.set(session, this.#activeCallsOf(session) + 1);
        try {
            return await work();
        } finally {
            this.#activeCalls.set(session, this.#activeCallsOf(session) - 1);
            this.touch(session);
        }
    }

    /** When the session is released unless it is used before. */
    releaseAt(session: SessionRecord): number {
        const end = maximumEnd(session);
        if (this.#activeCallsOf(session) > 0) return Math.max(end, this.#clock.now() + ACTIVE_GRACE_MS);
        return Math.min(end, (this.#lastUse.get(session) ?? session.createdAt) + session.idleSeconds * 1000);
    }

    #hasReachedMaximum(session: SessionRecord): boolean {
        return maximumEnd(session) <= this.#clock.now();
    }

    #activeCallsOf(session: SessionRecord): number {
        return this.#activeCalls.get(session) ?? 0;
    }

    async #releaseExpired(): Promise<void> {
        const expired = this.#account.liveSessions().filter((session) => this.releaseAt(session) <= this.#clock.now());
        const releases = expired.map((session) =>
            this.#releases
                .release(session, this.#hasReachedMaximum(session) ? "lifetime" : "idle")
                .catch((error: unknown) =>
                    this.#warn(`session ${session.id} could not be released: ${messageWithoutPaths(error)}`),
                ),
        );
        this.schedule();
        await Promise.all(releases);
    }

    /** Sets the timer for the session that expires next. To be called when there is a new session. */
    schedule(): void {
        clearTimeout(this.#timer);
        if (this.#stopped) return;
        const next = Math.min(...this.#account.liveSessions().map((session) => this.releaseAt(session)));
        if (!Number.isFinite(next)) return;
        // Using a session only postpones its end, so waking up too early does no harm.
        const delayMs = Math.min(Math.max(next - this.#clock.now(), MIN_TIMER_MS), MAX_TIMER_MS);
        this.#timer = setTimeout(() => void this.#releaseExpired(), delayMs);
        this.#timer.unref();
    }
}

/** When a session ends, however much it is used. */
const maximumEnd = (session: SessionRecord): number => session.createdAt + MAX_SESSION_SECONDS * 1000;
