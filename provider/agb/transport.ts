/** One request to AGB, and what became of it. */
import { Readable } from "node:stream";
import { Agent, type Dispatcher, EnvHttpProxyAgent, interceptors } from "undici";
import type { z } from "zod";
import { isLoopback } from "../../common/loopback";
import type { Call } from "./calls";
import { AgbApiError, AgbConnectionError, DOWNLOAD, UPLOAD } from "./errors";
import type { AgbSettings } from "./settings";
import { anyEnvelopeSchema, type Envelope } from "./wire";

/** Errors that come before a request was sent: it is safe to send any call again. */
const NOT_SENT = [
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETDOWN",
    "ENETUNREACH",
    "EHOSTDOWN",
    "EHOSTUNREACH",
    "UND_ERR_CONNECT_TIMEOUT",
];
/** Errors after which the request may have taken effect: only repeatable calls are sent again. */
const MAYBE_SENT = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];
/** Answers that say: not now. AGB has done nothing. */
const RETRY_STATUS = [429, 503];

export interface Answer<T> {
    data: T;
    envelope: Envelope;
    /** The service's clock when it answered, in milliseconds since the epoch; its resolution is a second. */
    serverTime: number;
}

export interface CallParameters {
    query?: Record<string, string | number | boolean | undefined>;
    body?: Record<string, unknown>;
}

/** Keeps one pool of connections to AGB, sends calls, and reads their envelopes. */
export class Transport {
    readonly #settings: AgbSettings;
    readonly #dispatcher: Dispatcher;

    /** `retryMs` is the pause before a call is sent again; it doubles with each attempt. */
    constructor(settings: AgbSettings, retryMs: number) {
        this.#settings = settings;

        const options = { keepAliveTimeout: 30_000, connections: 32, connect: { timeout: 10_000 } };
        const agent = isLoopback(new URL(settings.endpoint).hostname)
            ? new Agent(options)
            : new EnvHttpProxyAgent(options);
        this.#dispatcher = agent.compose(
            interceptors.retry({
                maxRetries: 4,
                minTimeout: retryMs,
                maxTimeout: 20_000,
                methods: ["GET", "POST"],
                statusCodes: RETRY_STATUS,
                throwOnError: false,
            }),
        );
    }

    /** Sends a call; answers its data, or throws {@link AgbApiError} or {@link AgbConnectionError}. */
    async send<T extends z.ZodType>(
        call: Call,
        schema: T,
        { query = {}, body }: CallParameters,
    ): Promise<Answer<z.output<T>>> {
        const { status, text, headers } = await this.#exchange(call, query, body);
        const envelope = this.#envelope(call, status, text);
        if (status >= 400 || !envelope.success) {
            throw new AgbApiError(
                call.name,
                envelope.code ?? "",
                envelope.message ?? "",
                status,
                envelope.requestId ?? headers.requestId,
            );
        }
        const data = schema.safeParse(envelope.data);
        if (!data.success) {
            const issue = data.error.issues[0];
            const where = ["data", ...(issue?.path ?? [])].join(".");
            throw new AgbConnectionError(
                call.name,
                `AGB's answer to ${call.name} cannot be read: ${where}: ${issue?.message ?? ""} (request ${envelope.requestId ?? headers.requestId}).`,
                true,
            );
        }
        return { data: data.data, envelope, serverTime: Date.parse(headers.date) || Date.now() };
    }

    /** Puts content at a presigned URL, which needs no key and bears no content type. */
    async put(url: string, content: Readable, size: number, signal?: AbortSignal): Promise<void> {
        const { origin } = new URL(url);
        try {
            const { statusCode, body } = await this.#presigned("PUT", url, {
                body: content,
                headers: { "content-length": String(size) },
                signal,
            });
            const text = await body.text();
            if (statusCode >= 300)
                throw new AgbApiError(UPLOAD, "", storageReason(text) || "the file was not taken", statusCode, "");
        } catch (error) {
            throw this.#transferFailure(UPLOAD, origin, error, signal);
        }
    }

    /** Gets the content at a presigned URL. */
    async get(url: string, signal?: AbortSignal): Promise<Readable> {
        const { origin } = new URL(url);
        try {
            const { statusCode, body } = await this.#presigned("GET", url, { signal });
            if (statusCode === 200)
                return Readable.from(this.#withTransferErrors(body, origin, signal), { objectMode: false });
            const reason = storageReason(await body.text());
            throw new AgbApiError(
                DOWNLOAD,
                "",
                statusCode === 404 ? "there is no such file" : reason || "the file was not given out",
                statusCode,
                "",
            );
        } catch (error) {
            throw this.#transferFailure(DOWNLOAD, origin, error, signal);
        }
    }

    /** Closes the pool once what is under way has ended. */
    async close(): Promise<void> {
        await this.#dispatcher.close();
    }

    async #exchange(call: Call, query: NonNullable<CallParameters["query"]>, body: CallParameters["body"]) {
        const { endpoint, apiKey, timeoutMs } = this.#settings;
        const url = new URL(endpoint.replace(/\/+$/, "") + call.path);
        for (const [key, value] of Object.entries(query))
            if (value !== undefined) url.searchParams.set(key, String(value));
        const headers = {
            authorization: `Bearer ${apiKey}`,
            "content-type": "application/json",
            accept: "application/json",
        };
        try {
            const response = await this.#dispatcher.request({
                origin: url.origin,
                path: url.pathname + url.search,
                method: call.method,
                headers,
                body: call.method === "POST" ? JSON.stringify(body ?? {}) : null,
                headersTimeout: timeoutMs,
                bodyTimeout: timeoutMs,
                ...{ retryOptions: { errorCodes: call.repeatable ? [...NOT_SENT, ...MAYBE_SENT] : NOT_SENT } },
            });
            const text = await response.body.text();
            const header = (name: string) => String(response.headers[name] ?? "");
            return {
                status: response.statusCode,
                text,
                headers: { requestId: header("x-request-id"), date: header("date") },
            };
        } catch (error) {
            throw this.#unreachable(call, error);
        }
    }

    #presigned(
        method: "PUT" | "GET",
        address: string,
        options: { body?: Readable; headers?: Record<string, string>; signal: AbortSignal | undefined },
    ) {
        const url = new URL(address);
        const { timeoutMs } = this.#settings;
        // Both times begin anew with each piece that goes or comes, so a long transfer may take as long as it needs.
        return this.#dispatcher.request({
            ...options,
            origin: url.origin,
            path: url.pathname + url.search,
            method,
            headersTimeout: timeoutMs,
            bodyTimeout: timeoutMs,
        });
    }

    async *#withTransferErrors(
        content: Readable,
        origin: string,
        signal: AbortSignal | undefined,
    ): AsyncGenerator<Buffer> {
        try {
            yield* content as AsyncIterable<Buffer>;
        } catch (error) {
            throw this.#transferFailure(DOWNLOAD, origin, error, signal);
        }
    }

    #transferFailure(
        name: typeof UPLOAD | typeof DOWNLOAD,
        origin: string,
        error: unknown,
        signal: AbortSignal | undefined,
    ): Error {
        if (error instanceof AgbApiError) return error;
        if (signal?.aborted)
            return new AgbConnectionError(name, `The ${name} was given up: it was not over in time.`, true);
        return this.#unreachable({ name }, error, origin);
    }

    #envelope(call: Call, status: number, text: string): Envelope {
        let answer: unknown;
        try {
            answer = JSON.parse(text);
        } catch {
            const kind = /^\s*<(?:!doctype|html|\?xml)/i.test(text)
                ? "a web page"
                : text.trim() === ""
                  ? "nothing"
                  : "something that is not JSON";
            // A gateway's "not now" and the like come without AGB having seen the call.
            throw new AgbConnectionError(
                call.name,
                `${this.#settings.endpoint} answered ${call.name} with ${kind} (HTTP ${status}): this is not AGB's API. Check agb:endpoint or AGB_ENDPOINT.`,
                !RETRY_STATUS.includes(status),
            );
        }
        const envelope = anyEnvelopeSchema.safeParse(answer);
        if (envelope.success) return envelope.data;
        throw new AgbConnectionError(
            call.name,
            `${this.#settings.endpoint} answered ${call.name} with JSON that is not AGB's (HTTP ${status}). Check agb:endpoint or AGB_ENDPOINT.`,
            true,
        );
    }

    #unreachable(call: Pick<Call, "name">, error: unknown, endpoint = this.#settings.endpoint): AgbConnectionError {
        const { code, message } = causeOf(error);
        const { timeoutMs } = this.#settings;
        if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
            return new AgbConnectionError(
                call.name,
                `AGB at ${endpoint} did not answer ${call.name} within ${timeoutMs / 1000} s (agb:timeoutMs).`,
                true,
            );
        }
        const notSent = NOT_SENT.includes(code) || /certificate|self-signed|SSL|TLS/i.test(message);
        const advice = notSent
            ? "Check agb:endpoint or AGB_ENDPOINT, and the network."
            : "The connection broke off while it was under way.";
        return new AgbConnectionError(
            call.name,
            `AGB at ${endpoint} cannot be reached: ${message} (${call.name}). ${advice}`,
            !notSent,
        );
    }
}

/** Why the storage behind a presigned URL refuses: in XML or JSON, with its own words for it in `message`. */
function storageReason(text: string): string {
    const [, xml, json] = /<message>([^<]+)<|"message":\s*"([^"]+)"/i.exec(text) ?? [];
    return xml ?? json ?? "";
}

/** The code and message of the innermost error: undici and Node wrap them. */
function causeOf(error: unknown): { code: string; message: string } {
    let inner = error;
    while (inner instanceof AggregateError && inner.errors.length > 0) inner = inner.errors[0];
    if (!(inner instanceof Error)) return { code: "", message: String(inner) };
    if (inner.cause instanceof Error) return causeOf(inner.cause);
    const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
    return { code, message: inner.message || code };
}
