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
    #entries: RequestLogEntry[] = [];

    add(entry: RequestLogEntry): void {
        this.#entries = [entry, ...this.#entries.slice(0, MAX_ENTRIES - 1)];
    }

    list(): readonly RequestLogEntry[] {
        return this.#entries;
    }
}
