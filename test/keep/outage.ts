/** A way to AGB that can be cut. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface Outage {
    endpoint: string;
    /** Whether every connection breaks. */
    isDown: boolean;
    close(): void;
}

export async function startOutage(target: string): Promise<Outage> {
    const { hostname, port } = new URL(target);
    const open = new Set<Socket>();
    const outage = {
        down: false,
        get isDown(): boolean {
            return this.down;
        },
        set isDown(isDown: boolean) {
            this.down = isDown;
            if (isDown) for (const socket of open) socket.destroy();
        },
    };
    const server = createServer((downstream) => {
        if (outage.isDown) return void downstream.destroy();
        const upstream = connect(Number(port), hostname);
        for (const [from, to] of [
            [downstream, upstream],
            [upstream, downstream],
        ] as const) {
            open.add(from.once("close", () => open.delete(from)));
            from.on("error", () => undefined).on("close", () => to.destroy());
            from.pipe(to);
        }
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return Object.assign(outage, {
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        close() {
            server.close();
            for (const socket of open) socket.destroy();
        },
    });
}
