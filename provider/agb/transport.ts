/** Sends calls to the AGB API and reads the envelopes of its responses. */
import type { Dispatcher } from "undici";
import type { z } from "zod";
import { Semaphore } from "../../common/concurrency";
import type { Call } from "./calls";
import { connectionError, TimeLimitError, isWebPage } from "./connection";
import { AgbApiError, AgbConnectionError } from "./errors";
import { endlessListingError, MAX_PAGES, MAX_STALE_PAGES, PAGE_SIZE } from "./listing";
import { TOO_MANY_REQUESTS, withRetry } from "./retry";
import type { AgbSettings } from "./settings";
import { untilTimeLimit } from "./timeLimit";
import { anyEnvelopeSchema, type Envelope } from "./wire";

/** How many calls run at a time. The time limit of a call starts when its turn comes. */
const CONCURRENT_CALLS = 32;
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** A successful response. */
export interface Answer<T> {
    data: T;
    envelope: Envelope;
    /** The service's clock when it sent the response, in milliseconds since the epoch, with a resolution of one second. */
    serverTime: number;
}

/** The parameters of a call. Parameters that are `undefined` are not sent. */
export interface CallParameters {
    query?: Record<string, string | number | boolean | undefined>;
    body?: Record<string, unknown>;
}

interface Reply {
    statusCode: number;
    headers: Dispatcher.ResponseData["headers"];
    text: string;
}

/** Sends calls over a pool of connections. */
export class Transport {
    readonly #settings: AgbSettings;
    readonly #dispatcher: Dispatcher;
    readonly #retryMs: number;
    readonly #turns = new Semaphore(CONCURRENT_CALLS);
    /** The service's time minus that of this machine, according to the last response. */
    #clockOffsetMs = 0;

    /** Calls that are safe to repeat are repeated, first after `retryMs` and then after growing pauses. */
    constructor(settings: AgbSettings, dispatcher: Dispatcher, retryMs: number) {
        this.#settings = settings;
        this.#dispatcher = dispatcher;
        this.#retryMs = retryMs;
    }

    /** The service's time, in milliseconds since the epoch. Before the first response, it is that of this machine. */
    serviceTime(): number {
        return Date.now() + this.#clockOffsetMs;
    }

    /** Sends a call and returns its response. Throws {@link AgbApiError} or {@link AgbConnectionError}. */
    async send<T extends z.ZodType>(call: Call<T>, parameters: CallParameters): Promise<Answer<z.output<T>>> {
        const reply = await this.#exchange(call, parameters);
        const header = (name: string) => String(reply.headers[name] ?? "");
        const serverTime = Date.parse(header("date")) || Date.now();
        this.#clockOffsetMs = serverTime - Date.now();
        const envelope = this.#parseEnvelope(call, reply);
        const requestId = envelope.requestId ?? header("x-request-id");
        if (reply.statusCode >= 400 || !envelope.success) {
            const { code = "", message = "" } = envelope;
            const mayHaveTakenEffect = reply.statusCode >= 500 && call.kind !== "read";
            throw new AgbApiError(call.name, code, message, reply.statusCode, requestId, mayHaveTakenEffect);
        }
        const data = call.schema.safeParse(envelope.data);
        const problem = data.success
            ? call.mismatch?.(data.data, parameters.query ?? {})
            : describeIssue(data.error.issues[0]);
        if (!data.success || problem !== undefined) {
            const message = `AGB's answer to ${call.name} cannot be read: ${problem ?? ""} (request ${requestId}).`;
            throw new AgbConnectionError(call.name, message, call.kind !== "read", true);
        }
        return { data: data.data, envelope, serverTime };
    }

    /** Sends a call and returns only the data of its response. */
    async call<T extends z.ZodType>(call: Call<T>, parameters: CallParameters): Promise<z.output<T>> {
        return (await this.send(call, parameters)).data;
    }

    /** Returns the items of a paginated call, each once, and fetches pages as they are needed. */
    async *list<T>(
        call: Call<z.ZodType<T[]>>,
        query: NonNullable<CallParameters["query"]>,
        idOf: (item: T) => string,
    ): AsyncGenerator<T> {
        const ids = new Set<string>();
        const tokens = new Set<string>();
        let stalePages = 0;
        for (let nextToken: string | undefined; ;) {
            const { data, envelope } = await this.send(call, { query: { ...query, maxResults: PAGE_SIZE, nextToken } });
            const news = data.filter((item) => !ids.has(idOf(item)));
            for (const item of news) ids.add(idOf(item));
            yield* news;
            nextToken = envelope.nextToken;
            if (!nextToken) return;
            stalePages = news.length > 0 ? 0 : stalePages + 1;
            if (tokens.has(nextToken) || stalePages > MAX_STALE_PAGES || tokens.size > MAX_PAGES) {
                throw endlessListingError(call.name);
            }
            tokens.add(nextToken);
        }
    }

    async #exchange(call: Call, { query = {}, body }: CallParameters): Promise<Reply> {
        const { endpoint, timeoutMs } = this.#settings;
        const url = new URL(endpoint.replace(/\/+$/, "") + call.path);
        for (const [key, value] of Object.entries(query)) {
            if (value !== undefined) url.searchParams.set(key, String(value));
        }
        const text = call.method === "POST" ? JSON.stringify(body ?? {}) : null;
        const options = { repeatable: call.kind !== "effect", firstPauseMs: this.#retryMs, maxPauseMs: timeoutMs };
        const isRead = call.kind === "read";
        const send = async (signal?: AbortSignal) => {
            try {
                return await withRetry(() => this.#turns.run(() => this.#attempt(call, url, text, signal)), options);
            } catch (error) {
                throw connectionError(call.name, error, this.#settings, isRead);
            }
        };
        return untilTimeLimit(call.name, send, !isRead);
    }

    /** Sends a call once. The time limit covers all of it, however slowly the response arrives. */
    async #attempt(call: Call, url: URL, body: string | null, signal?: AbortSignal): Promise<Reply> {
        signal?.throwIfAborted();
        const limit = new AbortController();
        const timer = setTimeout(() => limit.abort(new TimeLimitError()), this.#settings.timeoutMs);
        try {
            const response = await this.#dispatcher.request({
                origin: url.origin,
                path: url.pathname + url.search,
                method: call.method,
                headers: {
                    authorization: `Bearer ${this.#settings.apiKey}`,
                    "content-type": "application/json",
                    accept: "application/json",
                },
                body,
                headersTimeout: 0,
                bodyTimeout: 0,
                signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
            });
            const { statusCode, headers } = response;
            return { statusCode, headers, text: await this.#readText(call, response.body) };
        } finally {
            clearTimeout(timer);
        }
    }

    async #readText(call: Call, body: AsyncIterable<Buffer>): Promise<string> {
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of body) {
            chunks.push(chunk);
            size += chunk.length;
            if (size > MAX_RESPONSE_BYTES) throw this.#notAgb(call, "more than 64 MB");
        }
        return Buffer.concat(chunks).toString();
    }

    #parseEnvelope(call: Call, { statusCode, text }: Reply): Envelope {
        if (statusCode >= 300 && statusCode < 400) throw this.#notAgb(call, "a redirect", statusCode);
        let response: unknown;
        try {
            response = JSON.parse(text);
        } catch {
            throw this.#notAgb(call, describeText(text), statusCode);
        }
        const envelope = anyEnvelopeSchema.safeParse(response);
        if (envelope.success) return envelope.data;
        throw this.#notAgb(call, "JSON in an unknown format", statusCode, true);
    }

    #notAgb(call: Call, answer: string, status = 200, isUnreadable = false): AgbConnectionError {
        return new AgbConnectionError(
            call.name,
            `${this.#settings.endpoint} answered ${call.name} with ${answer} (HTTP ${status}): this is not AGB's API. Check agb:endpoint or AGB_ENDPOINT.`,
            call.kind !== "read" && status !== TOO_MANY_REQUESTS,
            isUnreadable,
        );
    }
}

function describeText(text: string): string {
    if (text.trim() === "") return "an empty response";
    return isWebPage(text) ? "a web page" : "a response that is not JSON";
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
    return `${["data", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? ""}`;
}
