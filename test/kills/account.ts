/** A local AGB in a process of its own, which can be killed, behind a proxy that counts the requests of a deployment. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { AgbClient } from "../../provider/agb";
import { sessionEndState } from "../../provider/agb/existence";
import { pollUntil } from "../../provider/agb/polling";
import { startProcess, type ServerProcess } from "../emulator/server/process";
import { SHORT_TIMINGS } from "../support/agb";

const REQUEST = /^(?:GET|POST|PUT) /;
/** A fault that makes every sync take some time, so a kill can hit it. */
const SLOWNESS = ["--fault", "SyncContext:delay=60:0.5", "--fault", "createSession:delay=60:0.5"];

export class KillableAccount {
    readonly #dataFolder = mkdtempSync(join(tmpdir(), "pulumi-agb-kills-"));
    readonly #sockets = new Set<Socket>();
    readonly #proxy: Server;
    #server: ServerProcess | undefined;
    #client: AgbClient | undefined;
    #onRequest: () => void = () => undefined;

    private constructor() {
        this.#proxy = createServer((socket) => this.#forward(socket));
    }

    static async start(): Promise<KillableAccount> {
        const account = new KillableAccount();
        await new Promise<void>((resolve) => account.#proxy.listen(0, "127.0.0.1", resolve));
        await account.#startServer();
        return account;
    }

    /** How a deployment reaches the account. */
    get env(): { AGB_ENDPOINT: string; AGB_API_KEY: string } {
        const { port } = this.#proxy.address() as AddressInfo;
        return { AGB_ENDPOINT: `http://127.0.0.1:${port}`, AGB_API_KEY: this.#running.apiKey };
    }

    /** A client that does not pass the proxy. */
    get client(): AgbClient {
        if (!this.#client) throw new Error("the local AGB does not run");
        return this.#client;
    }

    /** Calls `act` when the request with this number arrives, counted from now. */
    atRequest(number: number, act: () => void): void {
        let left = number;
        this.#onRequest = () => {
            if (left-- === 0) act();
        };
    }

    /** `kill -9` of the server, and a new one on the same data. */
    async restart(): Promise<void> {
        await this.#running.end("SIGKILL");
        await this.#client?.close();
        await this.#startServer();
    }

    /** The ids of all running sessions. */
    async sessions(): Promise<string[]> {
        const ids: string[] = [];
        for await (const { sessionId } of this.client.listSessions()) ids.push(sessionId);
        return ids.sort();
    }

    /** The text of every file of a context. */
    async files(contextId: string): Promise<Map<string, string>> {
        const files = new Map<string, string>();
        for await (const { filePath } of this.client.walkContextFiles(contextId)) {
            files.set(filePath, await text(await this.client.downloadContextFile(contextId, filePath)));
        }
        return files;
    }

    /** Releases a session, if it still runs, as AGB releases an idle one. */
    async release(sessionId: string): Promise<void> {
        if (await sessionEndState(this.client, sessionId)) return;
        await this.client.releaseSession(sessionId);
        await pollUntil(async () => (await sessionEndState(this.client, sessionId)) === "gone" || undefined, {
            deadline: Date.now() + 20_000,
        });
    }

    async close(): Promise<void> {
        await this.#client?.close();
        await this.#running.end("SIGKILL");
        this.#proxy.close();
        for (const socket of this.#sockets) socket.destroy();
        rmSync(this.#dataFolder, { recursive: true, force: true });
    }

    get #running(): ServerProcess {
        if (!this.#server) throw new Error("the local AGB does not run");
        return this.#server;
    }

    async #startServer(): Promise<void> {
        this.#server = await startProcess(this.#dataFolder, SLOWNESS);
        const { endpoint, apiKey } = this.#server;
        this.#client = new AgbClient({ endpoint, apiKey, timeoutMs: 10_000 }, SHORT_TIMINGS);
    }

    #forward(downstream: Socket): void {
        const upstream = connect(Number(new URL(this.#running.endpoint).port), "127.0.0.1");
        for (const [from, to] of [
            [downstream, upstream],
            [upstream, downstream],
        ] as const) {
            this.#sockets.add(from.once("close", () => this.#sockets.delete(from)));
            from.on("error", () => undefined).on("close", () => to.destroy());
        }
        downstream.on("data", (chunk: Buffer) => {
            if (REQUEST.test(chunk.toString("latin1", 0, 8))) this.#onRequest();
            upstream.write(chunk);
        });
        upstream.pipe(downstream);
    }
}
