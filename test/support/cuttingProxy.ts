/** A connection to a server that breaks after a number of bytes, a given number of times. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingProxy {
    endpoint: string;
    /** The number of bytes from the client after which each of the next connections breaks. */
    cutUploads: number[];
    /** The same for bytes from the server. */
    cutDownloads: number[];
    close(): void;
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(target);
    const open = new Set<Socket>();
    const pipe = (from: Socket, to: Socket, cuts: number[]) => {
        let passed = 0;
        from.on("data", (chunk: Buffer) => {
            passed += chunk.length;
            const [limit] = cuts;
            if (limit !== undefined && passed > limit) {
                cuts.shift();
                from.resetAndDestroy();
                to.destroy();
            } else if (!to.write(chunk)) {
                from.pause();
                to.once("drain", () => from.resume());
            }
        });
        from.on("error", () => undefined).on("close", () => to.destroy());
    };
    const proxy = { cutUploads: [] as number[], cutDownloads: [] as number[] };
    const server = createServer((client) => {
        const upstream = connect(Number(port), hostname);
        for (const socket of [client, upstream]) open.add(socket.once("close", () => open.delete(socket)));
        pipe(client, upstream, proxy.cutUploads);
        pipe(upstream, client, proxy.cutDownloads);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return Object.assign(proxy, {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close() {
            server.close();
            for (const socket of open) socket.destroy();
        },
    });
}
