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

/** What the console shows of a request in addition. */
export interface RequestDetail {
    /** Of the query and the body, those that are known not to be secret. */
    parameters: Record<string, string>;
    /** The message of an error. */
    message: string;
    /** The kind of the injected fault. */
    fault?: string;
}

export type RecentRequest = RequestLogEntry & RequestDetail;

const MAX_ENTRIES = 200;

/** The most recent requests, newest first. */
export class RecentRequests {
    readonly #entries: RecentRequest[] = [];

    add(entry: RecentRequest): void {
        this.#entries.push(entry);
        // Not for each request, because that moves all the others.
        if (this.#entries.length === 2 * MAX_ENTRIES) this.#entries.splice(0, MAX_ENTRIES);
    }

    list(): RecentRequest[] {
        return this.#entries.slice(-MAX_ENTRIES).reverse();
    }
}
