/** The loop of a keeper: keeps the sessions of a stack from idling, and deploys when one has to be replaced. */
import { forEachConcurrently } from "../../common/concurrency";
import { errorMessage } from "../../common/errorMessage";
import type { StoredDeployment } from "../../engine/state/checkpoint";
import { AgbApiError, isKeyRejected, sessionEndState, type AgbClient } from "../../provider/agb";
import type { Report } from "./events";
import { keptSessions, outputsMark, type KeptSession } from "./keptSessions";

const CONCURRENCY = 8;
/** The longest pause between two looks at the sessions. */
const MAX_INTERVAL_MS = 60_000;
const MIN_INTERVAL_MS = 1000;
/** The pause after a failed deployment doubles up to this. */
const MAX_RETRY_MS = 5 * 60_000;
/** AGB's clock has a resolution of one second. */
const CLOCK_RESOLUTION_MS = 1000;

export interface KeeperOptions {
    readState: () => Promise<StoredDeployment>;
    connect: () => Promise<AgbClient>;
    /** Deploys the stack. */
    up: () => Promise<{ succeeded: boolean; failure: string }>;
    /** Called when the outputs of the stack have changed. */
    updateOutputs: () => Promise<void>;
    /** The pause between two looks, if the user has set it. */
    intervalMs: number | undefined;
    report: Report;
    signal: AbortSignal;
}

/** What a look at the stack has found. */
interface Observation {
    sessions: KeptSession[];
    released: KeptSession[];
    /** Changes whenever an output of the stack does. */
    outputs: string;
    /** By the clock of AGB. */
    time: number;
}

export class Keeper {
    readonly #options: KeeperOptions;
    #deployment: Promise<void> | undefined;
    /** Why the next look leads to a deployment, whatever it finds. */
    #pendingReason: string | undefined = "the keeper has started";
    /** How many deployments have not removed their reason so far. */
    #attempts = 0;
    #retryAt = 0;
    #problem: string | undefined;
    #outputs: string | undefined;
    #reported = "";
    #intervalMs: number;
    #wake: () => void = () => undefined;

    constructor(options: KeeperOptions) {
        this.#options = options;
        this.#intervalMs = options.intervalMs ?? MAX_INTERVAL_MS;
        options.signal.addEventListener("abort", () => this.#wake());
    }

    /** Returns after the signal, and after the end of a deployment that is in progress. */
    async run(): Promise<void> {
        while (!this.#options.signal.aborted) {
            // While a deployment replaces sessions, the state does not say which of them should exist.
            const isDeploying = this.#deployment !== undefined;
            const seen = await this.#untilStopped(this.#look());
            if (seen && !isDeploying) {
                this.#decide(seen);
                if (this.#deployment === undefined) await this.#showState(seen);
            }
            await this.#pause(seen);
        }
        await this.#deployment;
    }

    /** Restarts the idle timers of all sessions. Returns undefined if that is not possible now. */
    async #look(): Promise<Observation | undefined> {
        const { readState, connect, report } = this.#options;
        try {
            const state = await readState();
            const sessions = keptSessions(state);
            const agb = await connect();
            const released: KeptSession[] = [];
            try {
                await forEachConcurrently(sessions, CONCURRENCY, async (session) => {
                    if (!(await refresh(agb, session.id))) released.push(session);
                });
            } finally {
                void agb.close();
            }
            if (this.#problem !== undefined) report("reachable", "the sessions can be reached again");
            this.#problem = undefined;
            this.#intervalMs = this.#options.intervalMs ?? intervalFor(sessions);
            return { sessions, released, outputs: outputsMark(state), time: agb.serviceTime() };
        } catch (error) {
            const problem = errorMessage(error);
            if (problem !== this.#problem) report("unreachable", `${problem} The keeper tries again.`);
            this.#problem = problem;
            return undefined;
        }
    }

    /** Shows what a look has found that will not change at once. A failure must not keep sessions from being renewed. */
    async #showState(seen: Observation): Promise<void> {
        this.#reportSessions(seen);
        const { outputs } = seen;
        if (outputs === this.#outputs) return;
        try {
            await this.#options.updateOutputs();
            this.#outputs = outputs;
        } catch (error) {
            this.#options.report("failed", `the outputs could not be written: ${errorMessage(error)}`);
        }
    }

    /** Starts a deployment if there is a reason for one. */
    #decide(seen: Observation): void {
        const reason = this.#pendingReason ?? reasonFor(seen);
        if (reason === undefined) this.#attempts = 0;
        if (reason === undefined || this.#options.signal.aborted || Date.now() < this.#retryAt) return;
        this.#deployment = this.#deploy(reason).finally(() => {
            this.#deployment = undefined;
            this.#wake();
        });
    }

    async #deploy(reason: string): Promise<void> {
        const { up, report, signal } = this.#options;
        report("up", `running up: ${reason}`);
        const { succeeded, failure } = await up();
        const pauseMs = Math.min(this.#intervalMs * 2 ** this.#attempts, MAX_RETRY_MS);
        this.#attempts++;
        this.#retryAt = Date.now() + pauseMs;
        if (signal.aborted) return;
        // A failed deployment may have deleted a session and not created the new one, so the state gives no reason.
        this.#pendingReason = succeeded ? undefined : "the last one failed";
        if (succeeded) report("succeeded", "up succeeded");
        else report("failed", `up failed: ${failure} The next attempt is in ${Math.ceil(pauseMs / 1000)} s.`);
    }

    /** Reports the sessions whenever they are others. */
    #reportSessions({ sessions, released }: Observation): void {
        const current = sessions.filter((session) => !released.includes(session));
        const ids = current.map(({ id }) => id).join();
        if (ids === this.#reported) return;
        this.#reported = ids;
        const { report } = this.#options;
        for (const { id, name, endsAt, renewAt } of current) {
            const end = endsAt === undefined ? "" : ` ends at ${isoTime(endsAt)}`;
            const renewal = renewAt === undefined ? "" : `, and is renewed at ${isoTime(renewAt)}`;
            report("session", `session "${name}" (${id})${end}${renewal}`, { name, id });
        }
        if (current.length > 0 && current.every(({ renewAt }) => renewAt === undefined)) {
            report(
                "warning",
                "no session of the stack has renewBefore, so each is replaced only after AGB has released it",
            );
        }
    }

    /** The result of the work, or undefined after the signal: a call that hangs does not delay the end. */
    #untilStopped<T>(work: Promise<T>): Promise<T | undefined> {
        const { signal } = this.#options;
        return new Promise((resolve, reject) => {
            const onAbort = (): void => resolve(undefined);
            signal.addEventListener("abort", onAbort, { once: true });
            void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
        });
    }

    /** Waits until the next look is due, a session has to be renewed, or something happens. */
    #pause(seen: Observation | undefined): Promise<void> {
        const renewals = seen?.sessions.flatMap(({ renewAt }) => (renewAt === undefined ? [] : [renewAt])) ?? [];
        const dueMs = Math.min(...renewals) + CLOCK_RESOLUTION_MS - (seen?.time ?? 0);
        const pauseMs = dueMs > 0 ? Math.min(dueMs, this.#intervalMs) : this.#intervalMs;
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, pauseMs);
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
            if (this.#options.signal.aborted) this.#wake();
        });
    }
}

/** Restarts the idle timer of a session. Returns whether it is running. */
async function refresh(agb: AgbClient, id: string): Promise<boolean> {
    try {
        await agb.refreshIdleTime(id);
        return true;
    } catch (error) {
        if (!(error instanceof AgbApiError) || isKeyRejected(error)) throw error;
        return (await sessionEndState(agb, id)) === undefined;
    }
}

function reasonFor({ sessions, released, time }: Observation): string | undefined {
    const [first] = released;
    if (first) return `session "${first.name}" (${first.id}) was released`;
    const due = sessions.find(({ renewAt }) => renewAt !== undefined && renewAt + CLOCK_RESOLUTION_MS <= time);
    return due && `session "${due.name}" (${due.id}) ends at ${isoTime(due.endsAt ?? 0)}`;
}

/** Three times within the shortest idle timeout. */
function intervalFor(sessions: KeptSession[]): number {
    const shortest = Math.min(...sessions.map(({ idleMs }) => idleMs));
    return Math.max(Math.min(shortest / 3, MAX_INTERVAL_MS), MIN_INTERVAL_MS);
}

const isoTime = (time: number): string => new Date(time).toISOString();
