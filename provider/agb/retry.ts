/** Repeats requests when that is safe, with growing pauses. Every attempt starts over. */
import { NOT_SENT_CODES, rootCause } from "./connection";
import { sleep, withJitter } from "./polling";

/** How often a request may be sent again. */
const MAX_RETRIES = 4;
const MAX_PAUSE_MS = 20_000;

/** Errors after which the request may have taken effect. */
const MAYBE_SENT_CODES = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"];
/** The HTTP status of a request that was not processed, because there are too many. Any request is safe to repeat after it. */
export const TOO_MANY_REQUESTS = 429;
/** HTTP statuses of a service that is unavailable for a while. A gateway may send them after the request took effect. */
const UNAVAILABLE_STATUS = [502, 503, 504];

export interface RetryOptions {
    /** Whether the request is safe to repeat after it may have taken effect. */
    repeatable: boolean;
    /** The pause before the first repetition, in milliseconds. */
    firstPauseMs: number;
    /** The longest pause that the service can ask for, in milliseconds. */
    maxPauseMs: number;
}

interface Response {
    statusCode: number;
    headers: Record<string, string | string[] | undefined>;
}

/** Calls `attempt` until it returns a response that is final. Throws the error of the last attempt. */
export async function withRetry<T extends Response>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
    for (let retries = 0; ; retries++) {
        let pauseMs = options.firstPauseMs * 2 ** retries;
        try {
            const response = await attempt();
            if (retries === MAX_RETRIES || !isTemporary(response.statusCode, options)) return response;
            pauseMs = requestedPauseMs(response) ?? pauseMs;
        } catch (error) {
            if (retries === MAX_RETRIES || !isRepeatableAfter(error, options)) throw error;
        }
        await sleep(withJitter(Math.min(pauseMs, options.maxPauseMs, MAX_PAUSE_MS)));
    }
}

function isTemporary(status: number, { repeatable }: RetryOptions): boolean {
    return status === TOO_MANY_REQUESTS || (repeatable && UNAVAILABLE_STATUS.includes(status));
}

function isRepeatableAfter(error: unknown, { repeatable }: RetryOptions): boolean {
    const { code } = rootCause(error);
    return NOT_SENT_CODES.includes(code) || (repeatable && MAYBE_SENT_CODES.includes(code));
}

/** The pause of a `Retry-After` header, which is a number of seconds or a date. */
function requestedPauseMs({ headers }: Response): number | undefined {
    const text = String(headers["retry-after"] ?? "");
    const pauseMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
    return pauseMs > 0 ? pauseMs : undefined;
}
