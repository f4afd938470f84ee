import type { RequestLogEntry } from "../http/server";

const MOST = 200;

/** The last requests, newest first. */
export class RecentRequests {
    #lines: RequestLogEntry[] = [];

    add(line: RequestLogEntry): void {
        this.#lines = [line, ...this.#lines.slice(0, MOST - 1)];
    }

    list(): readonly RequestLogEntry[] {
        return this.#lines;
    }
}
