/** A proxy in front of AGB that lists the files of contexts as the service might, although the local AGB never does. */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { AgbClient, type WireContextFile } from "../../provider/agb";
import { SHORT_TIMINGS } from "./agb";

export interface ListingsProxy {
    /** Through the proxy. */
    client: AgbClient;
    /** What becomes of the entries of each listing from now on. */
    alter: (entries: WireContextFile[]) => WireContextFile[];
    close(): Promise<void>;
}

export async function startListingsProxy(agb: { endpoint: string; apiKey: string }): Promise<ListingsProxy> {
    const server = createServer((incoming, answer) => {
        handle(incoming, answer).catch(() => answer.destroy());
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new AgbClient({ endpoint, apiKey: agb.apiKey, timeoutMs: 10_000 }, SHORT_TIMINGS);
    const proxy: ListingsProxy = {
        client,
        alter: (entries) => entries,
        async close() {
            await client.close();
            server.closeAllConnections();
            await new Promise((resolve) => server.close(resolve));
        },
    };

    async function handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
        const { method, headers, url = "/" } = incoming;
        const response = await new Promise<IncomingMessage>((resolve, reject) => {
            incoming.pipe(request(new URL(url, agb.endpoint), { method, headers }, resolve).on("error", reject));
        });
        const status = response.statusCode ?? 502;
        if (!url.includes("/DescribeContextFiles")) {
            answer.writeHead(status, response.headers);
            response.pipe(answer);
            return;
        }
        const envelope = JSON.parse((await buffer(response)).toString()) as { data?: WireContextFile[] };
        const body = JSON.stringify(envelope.data ? { ...envelope, data: proxy.alter(envelope.data) } : envelope);
        const length = String(Buffer.byteLength(body));
        answer.writeHead(status, { ...response.headers, "content-length": length }).end(body);
    }

    return proxy;
}
