/** A proxy in front of AGB that alters some answers, to answer as the service might although the local AGB never does. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { AgbClient } from "../../provider/agb";
import { SHORT_TIMINGS } from "./agb";

export interface AlteringProxy {
    endpoint: string;
    /** Through the proxy. */
    client: AgbClient;
    close(): Promise<void>;
}

/** Is asked before each call is forwarded, and returns what becomes of the body of its answer, if anything. */
export type Alter = (
    call: string,
    query: URLSearchParams,
) => ((body: string) => string) | undefined | Promise<((body: string) => string) | undefined>;

export async function startAlteringProxy(
    agb: { endpoint: string; apiKey: string },
    alter: Alter,
): Promise<AlteringProxy> {
    const server = createServer((incoming, answer) => {
        handle(incoming, answer).catch(() => answer.destroy());
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new AgbClient({ endpoint, apiKey: agb.apiKey, timeoutMs: 10_000 }, SHORT_TIMINGS);

    async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
        const { method, headers } = incoming;
        const url = new URL(incoming.url ?? "/", agb.endpoint);
        const altered = await alter(url.pathname.split("/").at(-1) ?? "", url.searchParams);
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
            incoming.pipe(request(url, { method, headers }, resolve).on("error", reject));
        });
        const status = response.statusCode ?? 502;
        if (!altered) {
            answer.writeHead(status, response.headers);
            response.pipe(answer);
            return;
        }
        const body = altered(await text(response));
        const length = String(Buffer.byteLength(body));
        answer.writeHead(status, { ...response.headers, "content-length": length }).end(body);
    }

    return {
        endpoint,
        client,
        async close() {
            await client.close();
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}
