/** A server that gives the answers that a test wants, including those that the local AGB never gives. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface StubRequest {
    url: string;
    query: URLSearchParams;
    headers: IncomingMessage["headers"];
    body: string;
}

export interface StubService {
    endpoint: string;
    requests: StubRequest[];
    /** Answers each request from now on. */
    respond(handler: (request: StubRequest, response: ServerResponse) => void): void;
    /** Answers each request with this JSON from now on. */
    json(body: unknown, status?: number): void;
    close(): void;
}

export async function startStubService(): Promise<StubService> {
    let respond: (request: StubRequest, response: ServerResponse) => void = (_, response) => response.end();
    const requests: StubRequest[] = [];
    const server = createServer((request, response) => {
        let body = "";
        request
            .on("data", (part: Buffer) => (body += part.toString()))
            .on("end", () => {
                const url = request.url ?? "";
                const query = new URL(url, "http://stub").searchParams;
                requests.push({ url, query, headers: request.headers, body });
                respond({ url, query, headers: request.headers, body }, response);
            });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`,
        requests,
        respond: (handler) => (respond = handler),
        json(body, status = 200) {
            respond = (_, response) => sendJson(response, body, status);
        },
        close() {
            server.closeAllConnections();
            server.close();
        },
    };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
    response
        .writeHead(status, { "content-type": "application/json", "x-request-id": "from-header" })
        .end(JSON.stringify(body));
}
