/** The log of requests. */

/** An answered request. It contains nothing secret. */
export interface RequestLogEntry {
    time: string;
    method: string;
    call: string;
    path: string;
    status: number;
    milliseconds: number;
    code: string;
    requestId: string;
}

const MAX_ENTRIES = 200;

/** The most recent requests, newest first. */
export class RecentRequests {
    readonly #entries: RequestLogEntry[] = [];

    add(entry: RequestLogEntry): void {
        this.#entries.push(entry);
        // Not for each request, because that moves all the others.
        if (this.#entries.length === 2 * MAX_ENTRIES) this.#entries.splice(0, MAX_ENTRIES);
    }

    list(): readonly RequestLogEntry[] {
        return this.#entries.slice(-MAX_ENTRIES).reverse();
    }
}
