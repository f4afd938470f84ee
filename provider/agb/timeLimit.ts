/**
 * The time limit of an operation, such as the deletion of a resource. It covers every call that the operation makes, at any
 * depth, so it follows the operation through its asynchronous context.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { AgbConnectionError } from "./errors";

/** The longest delay that a timer supports. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

class TimeLimit {
    readonly #limitMs: number;
    readonly #setting: string;
    readonly #end = new AbortController();
    #slowCall: string | undefined;

    constructor(limitMs: number, setting: string) {
        this.#limitMs = limitMs;
        this.#setting = setting;
    }

    get signal(): AbortSignal {
        return this.#end.signal;
    }

    async run<T>(work: () => Promise<T>): Promise<T> {
        const timer = setTimeout(() => this.#end.abort(), Math.min(this.#limitMs, MAX_TIMER_MS));
        try {
            return await limits.run(this, work);
        } finally {
            clearTimeout(timer);
        }
    }

    /** The error of a call that the limit ends. Calls that follow the first one report it, because it was the slow one. */
    error(call: string, mayHaveTakenEffect: boolean): AgbConnectionError {
        this.#slowCall ??= call;
        const message = `AGB did not complete ${this.#slowCall} in time: the operation is limited to ${this.#limitMs / 1000} s (${this.#setting}).`;
        return new AgbConnectionError(call, message, mayHaveTakenEffect);
    }
}

const limits = new AsyncLocalStorage<TimeLimit | undefined>();

/** Runs an operation whose calls end after `limitMs`, with an error that names the call and the setting. */
export function withTimeLimit<T>(limitMs: number, setting: string, operation: () => Promise<T>): Promise<T> {
    return new TimeLimit(limitMs, setting).run(operation);
}

/** Runs work outside the limit of the operation that starts it: other operations share the work, or it has limits of its own. */
export function withoutTimeLimit<T>(work: () => Promise<T>): Promise<T> {
    return limits.run(undefined, work);
}

/** Waits for a call, at most until the limit of the current operation. The signal is aborted then. */
export async function untilTimeLimit<T>(
    call: string,
    work: (signal?: AbortSignal) => Promise<T>,
    mayHaveTakenEffect = false,
): Promise<T> {
    const limit = limits.getStore();
    if (!limit) return work();
    const { signal } = limit;
    if (signal.aborted) throw limit.error(call, false);
    let end = (): void => undefined;
    const ended = new Promise<never>((_resolve, reject) => {
        end = () => reject(limit.error(call, mayHaveTakenEffect));
    });
    signal.addEventListener("abort", end);
    try {
        return await Promise.race([work(signal), ended]);
    } finally {
        signal.removeEventListener("abort", end);
    }
}

/** Aborted with the given signal, and at the limit of the current operation. */
export function withLimitSignal(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any([signal, limits.getStore()?.signal].filter((one) => one !== undefined));
}
