/** Uploads and downloads at presigned URLs, which need no API key. */
import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { connectionError, isWebPage } from "./connection";
import { AgbApiError, AgbConnectionError, DOWNLOAD, UPLOAD } from "./errors";
import { withRetry } from "./retry";
import type { AgbSettings } from "./settings";
import { withLimitSignal } from "./timeLimit";

type Direction = typeof UPLOAD | typeof DOWNLOAD;

/** The storage behind AGB's presigned URLs. Throws {@link AgbApiError} and {@link AgbConnectionError} like any call. */
export class Storage {
    readonly #settings: AgbSettings;
    readonly #dispatcher: Dispatcher;
    readonly #retryMs: number;

    constructor(settings: AgbSettings, dispatcher: Dispatcher, retryMs: number) {
        this.#settings = settings;
        this.#dispatcher = dispatcher;
        this.#retryMs = retryMs;
    }

    /** Uploads `size` bytes to a presigned URL, without a content type, which the signature does not cover. */
    async put(url: string, content: Buffer | Readable, size: number, signal?: AbortSignal): Promise<void> {
        try {
            const headers = { "content-length": String(size) };
            const { statusCode, body } = await this.#request("PUT", url, { body: content, headers, signal });
            const text = await body.text();
            if (statusCode >= 300) throw rejection(UPLOAD, statusCode, text);
            if (isWebPage(text)) throw notStorage(url, statusCode);
        } catch (error) {
            throw this.#transferError(UPLOAD, url, error, signal);
        }
    }

    /** Opens the content at a presigned URL as a stream. */
    async get(url: string, given?: AbortSignal): Promise<Readable> {
        const signal = withLimitSignal(given);
        try {
            const { statusCode, body, text } = await withRetry(() => this.#open(url, signal), {
                repeatable: true,
                firstPauseMs: this.#retryMs,
                maxPauseMs: this.#settings.timeoutMs,
            });
            if (text !== undefined) throw rejection(DOWNLOAD, statusCode, text);
            return Readable.from(this.#withTransferErrors(body, url, signal), { objectMode: false });
        } catch (error) {
            throw this.#transferError(DOWNLOAD, url, error, signal);
        }
    }

    /** The response to a download: the content if it succeeds, otherwise the text that says why not. */
    async #open(url: string, signal: AbortSignal | undefined) {
        const { statusCode, headers, body } = await this.#request("GET", url, { signal });
        return { statusCode, headers, body, text: statusCode === 200 ? undefined : await body.text() };
    }

    #request(
        method: "PUT" | "GET",
        address: string,
        options: { body?: Buffer | Readable; headers?: Record<string, string>; signal: AbortSignal | undefined },
    ) {
        const { origin, pathname, search } = new URL(address);
        // Both limits restart with every chunk, so a transfer that makes progress can take as long as it needs.
        const { timeoutMs } = this.#settings;
        const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
        return this.#dispatcher.request({ ...options, ...limits, method, origin, path: pathname + search });
    }

    async *#withTransferErrors(
        content: Readable,
        url: string,
        signal: AbortSignal | undefined,
    ): AsyncGenerator<Buffer> {
        try {
            yield* content as AsyncIterable<Buffer>;
        } catch (error) {
            throw this.#transferError(DOWNLOAD, url, error, signal);
        }
    }

    #transferError(direction: Direction, url: string, error: unknown, signal: AbortSignal | undefined): Error {
        if (error instanceof AgbApiError) return error;
        if (signal?.aborted) {
            const message = `The ${direction} was canceled because it did not finish in time.`;
            return new AgbConnectionError(direction, message, true);
        }
        // Only the origin, because the rest of a presigned URL grants access.
        const { timeoutMs } = this.#settings;
        return connectionError(direction, error, { endpoint: new URL(url).origin, timeoutMs });
    }
}

/** Without this error, the upload would count as done, although the storage has received nothing. */
const notStorage = (url: string, status: number): AgbConnectionError =>
    new AgbConnectionError(
        UPLOAD,
        `${new URL(url).origin} answered the upload with a web page (HTTP ${status}): this is not AGB's storage. Check the network and its proxy.`,
        true,
    );

function rejection(direction: Direction, status: number, text: string): AgbApiError {
    const reason =
        direction === DOWNLOAD && status === 404
            ? "the file does not exist"
            : storageMessage(text) || `the storage rejected the ${direction}`;
    return new AgbApiError(direction, "", reason, status, "");
}

/** The storage's own error message, from a response in XML or JSON. Empty if it has none. */
function storageMessage(text: string): string {
    const [, xml, json] = /<message>([^<]+)<|"message":\s*"([^"]+)"/i.exec(text) ?? [];
    return xml ?? json ?? "";
}
