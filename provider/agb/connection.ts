/** The pools of connections to AGB, and what their errors mean. */
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { isLoopback } from "../../common/loopback";
import { oneLine } from "../../common/oneLine";
import { AgbConnectionError, MAX_SERVER_TEXT } from "./errors";
import type { AgbSettings } from "./settings";

/** Errors that occur before a request is sent. Any request is safe to repeat after them. */
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
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens a pool of connections. It uses the proxy of the environment, except on loopback. */
export function createPool({ endpoint, timeoutMs }: AgbSettings): Dispatcher {
    const connect = { timeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS) };
    const options = { keepAliveTimeout: 30_000, connections: 32, connect };
    return isLoopback(new URL(endpoint).hostname) ? new Agent(options) : new EnvHttpProxyAgent(options);
}

/** A request did not finish within its time limit. */
export class TimeLimitError extends Error {
    override readonly name = "TimeLimitError";
}

/** Describes why a call to `endpoint` got no response. */
export function connectionError(
    call: string,
    error: unknown,
    { endpoint, timeoutMs }: Pick<AgbSettings, "endpoint" | "timeoutMs">,
    isRead = false,
): AgbConnectionError {
    if (error instanceof AgbConnectionError) return error;
    const { code, message } = rootCause(error);
    if (error instanceof TimeLimitError || code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
        const text = `AGB at ${endpoint} did not answer ${call} within ${timeoutMs / 1000} s (agb:timeoutMs).`;
        return new AgbConnectionError(call, text, !isRead);
    }
    const isNotSent = NOT_SENT_CODES.includes(code) || /certificate|self-signed|SSL|TLS/i.test(message);
    const hint = isNotSent
        ? "Check agb:endpoint or AGB_ENDPOINT, and the network."
        : "The connection was lost during the call.";
    return new AgbConnectionError(
        call,
        `AGB at ${endpoint} cannot be reached: ${oneLine(message, MAX_SERVER_TEXT)} (${call}). ${hint}`,
        !isNotSent && !isRead,
    );
}

/** The code and message of the innermost error, which undici and Node wrap. */
export function rootCause(error: unknown): { code: string; message: string } {
    let inner = error;
    while (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
    if (!(inner instanceof Error)) return { code: "", message: String(inner) };
    if (inner.cause instanceof Error) return rootCause(inner.cause);
    const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
    return { code, message: inner.message || code };
}

/** Whether a text is a page of another server, such as a proxy or the sign-in page of a network. */
export const isWebPage = (text: string): boolean => /^\s*<(?:!doctype|html|\?xml)/i.test(text);
