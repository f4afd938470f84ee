/** One request to AGB, and what became of it. */
import type { Readable } from "node:stream";
import { Agent, type Dispatcher, EnvHttpProxyAgent, interceptors } from "undici";
import type { z } from "zod";
import type { Call } from "./calls";
import { AgbRefusal, AgbUnreachable } from "./errors";
import { isLoopback, type AgbSettings } from "./settings";
import { anyEnvelopeSchema, type Envelope } from "./wire";

/** Errors that come before a request was sent: it is safe to send any call again. */
const NOT_SENT = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "UND_ERR_CONNECT_TIMEOUT"];
/** Errors after which the request may have taken effect: only repeatable calls are sent again. */
const MAYBE_SENT = ["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"];
/** Answers that say: not now. AGB has done nothing. */
const NOT_NOW = [429, 503];

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
    readonly #dispatcher: Dispatcher;

    constructor(private readonly settings: AgbSettings) {
        const options = { keepAliveTimeout: 30_000, connections: 32, connect: { timeout: 10_000 } };
        const agent = isLoopback(settings.endpoint) ? new Agent(options) : new EnvHttpProxyAgent(options);
        this.#dispatcher = agent.compose(interceptors.retry({
            maxRetries: 4, minTimeout: 200, maxTimeout: 20_000, methods: ["GET", "POST"], statusCodes: NOT_NOW, throwOnError: false,
        }));
    }

    /** Sends a call; answers its data, or throws {@link AgbRefusal} or {@link AgbUnreachable}. */
    async send<T extends z.ZodType>(call: Call, schema: T, { query = {}, body }: CallParameters): Promise<Answer<z.output<T>>> {
        const { status, text, headers } = await this.#exchange(call, query, body);
        const envelope = this.#envelope(call, status, text);
        if (status >= 400 || !envelope.success) {
            throw new AgbRefusal(call.name, envelope.code ?? "", envelope.message ?? "", status, envelope.requestId ?? headers.requestId);
        }
        const data = schema.safeParse(envelope.data);
        if (!data.success) {
            const issue = data.error.issues[0];
            const where = ["data", ...(issue?.path ?? [])].join(".");
            throw new AgbUnreachable(call.name, `AGB's answer to ${call.name} cannot be read: ${where}: ${issue?.message ?? ""} (request ${envelope.requestId ?? headers.requestId}).`, true);
        }
        return { data: data.data, envelope, serverTime: Date.parse(headers.date) || Date.now() };
    }

    /** Puts content at a presigned URL, which needs no key and bears no content type. */
    async put(url: string, content: Buffer | Readable, size: number): Promise<void> {
        const { statusCode, body } = await this.#presigned("PUT", url, content, { "content-length": String(size) });
        await body.dump();
        if (statusCode >= 300) throw new AgbRefusal("upload", "", `the upload was not taken`, statusCode, "");
    }

    /** Gets the content at a presigned URL. */
    async get(url: string): Promise<Readable> {
        const { statusCode, body } = await this.#presigned("GET", url, null, {});
        if (statusCode === 200) return body;
        await body.dump();
        throw new AgbRefusal("download", "", statusCode === 404 ? "there is no such file" : "the file was not given out", statusCode, "");
    }

    /** Closes the pool once what is under way has ended. */
    async close(): Promise<void> {
        await this.#dispatcher.close();
    }

    async #exchange(call: Call, query: NonNullable<CallParameters["query"]>, body: CallParameters["body"]) {
        const { endpoint, apiKey, timeoutMs } = this.settings;
        const url = new URL(endpoint.replace(/\/+$/, "") + call.path);
        for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
        const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json", accept: "application/json" };
        try {
            const response = await this.#dispatcher.request({
                origin: url.origin,
                path: url.pathname + url.search,
                method: call.method,
                headers,
                body: call.method === "POST" ? JSON.stringify(body ?? {}) : null,
                headersTimeout: timeoutMs,
                bodyTimeout: timeoutMs,
                ...({ retryOptions: { errorCodes: call.repeatable ? [...NOT_SENT, ...MAYBE_SENT] : NOT_SENT } }),
            });
            const text = await response.body.text();
            const header = (name: string) => String(response.headers[name] ?? "");
            return { status: response.statusCode, text, headers: { requestId: header("x-request-id"), date: header("date") } };
        } catch (error) {
            throw this.#unreachable(call, error);
        }
    }

    async #presigned(method: "PUT" | "GET", address: string, body: Buffer | Readable | null, headers: Record<string, string>) {
        const url = new URL(address);
        try {
            return await this.#dispatcher.request({ origin: url.origin, path: url.pathname + url.search, method, body, headers });
        } catch (error) {
            throw this.#unreachable({ name: method === "PUT" ? "upload" : "download" }, error);
        }
    }

    #envelope(call: Call, status: number, text: string): Envelope {
        let answer: unknown;
        try {
            answer = JSON.parse(text);
        } catch {
            const kind = /^\s*<(?:!doctype|html|\?xml)/i.test(text) ? "a web page" : text.trim() === "" ? "nothing" : "something that is not JSON";
            // A gateway's "not now" and the like come without AGB having seen the call.
            throw new AgbUnreachable(call.name, `${this.settings.endpoint} answered ${call.name} with ${kind} (HTTP ${status}): this is not AGB's API. Check agb:endpoint or AGB_ENDPOINT.`, !NOT_NOW.includes(status));
        }
        const envelope = anyEnvelopeSchema.safeParse(answer);
        if (envelope.success) return envelope.data;
        throw new AgbUnreachable(call.name, `${this.settings.endpoint} answered ${call.name} with JSON that is not AGB's (HTTP ${status}). Check agb:endpoint or AGB_ENDPOINT.`, true);
    }

    #unreachable(call: Pick<Call, "name">, error: unknown): AgbUnreachable {
        const { code, message } = causeOf(error);
        const { endpoint, timeoutMs } = this.settings;
        if (code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT") {
            return new AgbUnreachable(call.name, `AGB at ${endpoint} did not answer ${call.name} within ${timeoutMs / 1000} s (agb:timeoutMs).`, true);
        }
        const notSent = NOT_SENT.includes(code) || /certificate|self-signed|SSL|TLS/i.test(message);
        const advice = notSent ? "Check agb:endpoint or AGB_ENDPOINT, and the network." : "The connection broke off while it was under way.";
        return new AgbUnreachable(call.name, `AGB at ${endpoint} cannot be reached: ${message} (${call.name}). ${advice}`, !notSent);
    }
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
