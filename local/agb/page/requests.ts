import type { RequestLine } from "../http/server";

const MOST = 200;

/** The last requests, newest first. */
export class RecentRequests {
    private lines: RequestLine[] = [];

    add(line: RequestLine): void {
        this.lines = [line, ...this.lines.slice(0, MOST - 1)];
    }

    list(): readonly RequestLine[] {
        return this.lines;
    }
}
