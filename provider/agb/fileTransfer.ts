/** Uploads that are repeated after errors that may be temporary. */
import type { Readable } from "node:stream";
import { AgbApiError, AgbConnectionError, mayHaveTakenEffect, UPLOAD } from "./errors";
import { sleep, withJitter } from "./polling";
import { openSource, type FileDigest, type FileSource } from "./uploadSource";

export interface TransferOptions {
    /** Cancels the transfer. */
    signal?: AbortSignal | undefined;
    /** Called as bytes are sent. Starts over at 0 if the upload is repeated. */
    onProgress?: ((sentBytes: number, totalBytes: number) => void) | undefined;
}

const MAX_ATTEMPTS = 3;

/** Uploads the source with `put`, repeats the upload after errors that may be temporary, and returns what was sent. */
export async function uploadWithRetry(
    source: FileSource,
    { signal, onProgress }: TransferOptions,
    retryMs: number,
    put: (content: Buffer | Readable, size: number) => Promise<void>,
): Promise<FileDigest> {
    let unclear: unknown;
    for (let attempt = 1; ; attempt++) {
        const opened = await openSource(source, onProgress);
        try {
            await put(opened.content, opened.size);
            return opened.digest();
        } catch (error) {
            if (opened.failure) throw opened.failure;
            if (mayHaveTakenEffect(error)) unclear = error;
            // A later attempt that fails for certain says nothing about an earlier one.
            if (attempt === MAX_ATTEMPTS || signal?.aborted || !isRetryable(error)) throw unclear ?? error;
            await sleep(withJitter(retryMs * 2 ** (attempt - 1)));
        }
    }
}

/** Whether another attempt at a new URL may succeed: the connection broke, the URL expired, or the storage is unavailable. */
function isRetryable(error: unknown): boolean {
    if (error instanceof AgbConnectionError) return error.call === UPLOAD;
    if (!(error instanceof AgbApiError) || error.call !== UPLOAD) return false;
    return error.httpStatus === 403 || error.httpStatus === 429 || error.httpStatus >= 500;
}
