/** Sends calls to the AGB API and reads the envelopes of its responses. */
import type { Dispatcher } from "undici";
import type { z } from "zod";
import type { Call } from "./calls";
import { connectionError, MAYBE_SENT_CODES, NOT_SENT_CODES, TOO_MANY_REQUESTS, UNAVAILABLE_STATUS } from "./connection";
import { AgbApiError, AgbConnectionError } from "./errors";
import type { AgbSettings } from "./settings";
import { anyEnvelopeSchema, type Envelope } from "./wire";

/** The largest page that the service is known to allow. */
export const PAGE_SIZE = 50;

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

/** Sends calls over a pool of connections. */
export class Transport {
    readonly #settings: AgbSettings;
    readonly #dispatcher: Dispatcher;

    constructor(settings: AgbSettings, dispatcher: Dispatcher) {
        this.#settings = settings;
        this.#dispatcher = dispatcher;
    }

    /** Sends a call and returns its response. Throws {@link AgbApiError} or {@link AgbConnectionError}. */
    async send<T extends z.ZodType>(call: Call<T>, parameters: CallParameters): Promise<Answer<z.output<T>>> {
        const { status, text, headers } = await this.#exchange(call, parameters);
        const envelope = this.#parseEnvelope(call, status, text);
        const requestId = envelope.requestId ?? headers.requestId;
        if (status >= 400 || !envelope.success) {
            throw new AgbApiError(call.name, envelope.code ?? "", envelope.message ?? "", status, requestId);
        }
        const data = call.schema.safeParse(envelope.data);
        if (!data.success) {
            const issue = data.error.issues[0];
            const path = ["data", ...(issue?.path ?? [])].join(".");
            const message = `AGB's answer to ${call.name} cannot be read: ${path}: ${issue?.message ?? ""} (request ${requestId}).`;
            throw new AgbConnectionError(call.name, message, true, true);
        }
        return { data: data.data, envelope, serverTime: Date.parse(headers.date) || Date.now() };
    }

    /** Sends a call and returns only the data of its response. */
    async call<T extends z.ZodType>(call: Call<T>, parameters: CallParameters): Promise<z.output<T>> {
        return (await this.send(call, parameters)).data;
    }

    /** Returns the items of a paginated call, and fetches pages as they are needed. */
    async *list<T>(
        call: Call<z.ZodType<T[] | null | undefined>>,
        query: NonNullable<CallParameters["query"]>,
    ): AsyncGenerator<T> {
        let nextToken: string | undefined;
        do {
            const answer = await this.send(call, { query: { ...query, maxResults: PAGE_SIZE, nextToken } });
            yield* answer.data ?? [];
            nextToken = answer.envelope.nextToken;
        } while (nextToken);
    }

    async #exchange(call: Call, { query = {}, body }: CallParameters) {
        const { endpoint, apiKey, timeoutMs } = this.#settings;
        const url = new URL(endpoint.replace(/\/+$/, "") + call.path);
        for (const [key, value] of Object.entries(query)) {
            if (value !== undefined) url.searchParams.set(key, String(value));
        }
        try {
            const response = await this.#dispatcher.request({
                origin: url.origin,
                path: url.pathname + url.search,
                method: call.method,
                headers: {
                    authorization: `Bearer ${apiKey}`,
                    "content-type": "application/json",
                    accept: "application/json",
                },
                body: call.method === "POST" ? JSON.stringify(body ?? {}) : null,
                headersTimeout: timeoutMs,
                bodyTimeout: timeoutMs,
                ...{
                    retryOptions: {
                        errorCodes: call.repeatable ? [...NOT_SENT_CODES, ...MAYBE_SENT_CODES] : NOT_SENT_CODES,
                        statusCodes: call.repeatable ? [TOO_MANY_REQUESTS, ...UNAVAILABLE_STATUS] : [TOO_MANY_REQUESTS],
                    },
                },
            });
            const text = await response.body.text();
            const header = (name: string) => String(response.headers[name] ?? "");
            const headers = { requestId: header("x-request-id"), date: header("date") };
            return { status: response.statusCode, text, headers };
        } catch (error) {
            throw connectionError(call.name, error, this.#settings);
        }
    }

    #parseEnvelope(call: Call, status: number, text: string): Envelope {
        const origin = `${this.#settings.endpoint} answered ${call.name}`;
        const hint = "Check agb:endpoint or AGB_ENDPOINT.";
        let response: unknown;
        try {
            response = JSON.parse(text);
        } catch {
            const message = `${origin} with ${describeText(text)} (HTTP ${status}): this is not AGB's API. ${hint}`;
            throw new AgbConnectionError(call.name, message, status !== TOO_MANY_REQUESTS);
        }
        const envelope = anyEnvelopeSchema.safeParse(response);
        if (envelope.success) return envelope.data;
        const message = `${origin} with JSON in an unknown format (HTTP ${status}). ${hint}`;
        throw new AgbConnectionError(call.name, message, true, true);
    }
}

function describeText(text: string): string {
    if (text.trim() === "") return "an empty response";
    return /^\s*<(?:!doctype|html|\?xml)/i.test(text) ? "a web page" : "a response that is not JSON";
}
