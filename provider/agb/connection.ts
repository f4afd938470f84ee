/** The pool of connections to AGB, and what its errors mean. */
import { Agent, type Dispatcher, EnvHttpProxyAgent, interceptors } from "undici";
import { isLoopback } from "../../common/loopback";
import { AgbConnectionError } from "./errors";
import type { AgbSettings } from "./settings";

/** Errors that occur before a request is sent. Any call is safe to repeat after them. */
export const NOT_SENT_CODES = [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETDOWN",
    "ENETUNREACH",
    "EHOSTDOWN",
    "EHOSTUNREACH",
    "UND_ERR_CONNECT_TIMEOUT",
];
/** Errors after which the request may have taken effect. Only repeatable calls are sent again. */
export const MAYBE_SENT_CODES = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];
/** The HTTP status of a call that AGB has not processed, because there are too many. Any call is safe to repeat after it. */
export const TOO_MANY_REQUESTS = 429;
/** HTTP statuses of a service that is unavailable for a while. A gateway may send them after the call took effect. */
export const UNAVAILABLE_STATUS = [502, 503, 504];

/**
 * Opens a pool that retries what is safe to repeat, first after `retryMs` and then after growing pauses. It uses the
 * proxy of the environment, except on loopback.
 */
export function createPool({ endpoint }: AgbSettings, retryMs: number): Dispatcher {
    const options = { keepAliveTimeout: 30_000, connections: 32, connect: { timeout: 10_000 } };
    const agent = isLoopback(new URL(endpoint).hostname) ? new Agent(options) : new EnvHttpProxyAgent(options);
    return agent.compose(
        interceptors.retry({
            maxRetries: 4,
            minTimeout: retryMs,
            maxTimeout: 20_000,
            methods: ["GET", "POST"],
            statusCodes: [TOO_MANY_REQUESTS, ...UNAVAILABLE_STATUS],
            throwOnError: false,
        }),
    );
}

/** Describes why a call to `endpoint` got no response. */
export function connectionError(
    call: string,
    error: unknown,
    { endpoint, timeoutMs }: Pick<AgbSettings, "endpoint" | "timeoutMs">,
): AgbConnectionError {
    const { code, message } = rootCause(error);
    if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
        const text = `AGB at ${endpoint} did not answer ${call} within ${timeoutMs / 1000} s (agb:timeoutMs).`;
        return new AgbConnectionError(call, text, true);
    }
    const isNotSent = NOT_SENT_CODES.includes(code) || /certificate|self-signed|SSL|TLS/i.test(message);
    const hint = isNotSent
        ? "Check agb:endpoint or AGB_ENDPOINT, and the network."
        : "The connection was lost during the call.";
    return new AgbConnectionError(
        call,
        `AGB at ${endpoint} cannot be reached: ${message} (${call}). ${hint}`,
        !isNotSent,
    );
}

/** The code and message of the innermost error, which undici and Node wrap. */
function rootCause(error: unknown): { code: string; message: string } {
    let inner = error;
    while (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
    if (!(inner instanceof Error)) return { code: "", message: String(inner) };
    if (inner.cause instanceof Error) return rootCause(inner.cause);
    const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
    return { code, message: inner.message || code };
}
