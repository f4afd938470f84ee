/** The local AGB: the AGB API on this machine, backed by real files. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomId } from "./account";
import type { Clock } from "./clock";
import { makePrivate } from "./disk/permissions";
import { removeTree } from "./disk/removeTree";
import type { Fault } from "./http/faultKinds";
import { createServer } from "./http/server";
import { IdleShutdown, type WhenUnused } from "./idleShutdown";
import { lockFolder, unlockFolder } from "./lock";
import { messageWithoutPaths } from "./messageWithoutPaths";
import { openService } from "./openService";
import { RecentRequests, type RequestLogEntry } from "./requestLog";
import { loadSecret } from "./secrets";
import { SyntheticDelay } from "./syntheticDelay";

export type { Clock } from "./clock";
export { FAULT_KINDS, parseFault, type Fault } from "./http/faultKinds";
export type { RequestLogEntry } from "./requestLog";

export interface LocalAgbOptions {
    /** Where all data is stored. Defaults to a temporary folder that is deleted when the server is closed. */
    dataFolder?: string;
    /** A key to accept in addition to the data folder's own. */
    apiKey?: string;
    /** The port to listen on. Defaults to 0, any free port. */
    port?: number;
    /** The address to listen on. Defaults to `127.0.0.1`. */
    host?: string;
    /** Added to every call. */
    latencyMs?: number;
    /** Injected faults. The array may be changed while the server runs. */
    faults?: Fault[];
    /** The idle timeout of sessions that do not set their own. Defaults to 300. */
    idleTimeoutSeconds?: number;
    /** The minimum duration of a sync task. Defaults to 0. */
    syncTimeMs?: number;
    /** Whether sessions announce a link over which the SDKs call their tools, instead of through the API. Defaults to false. */
    toolLink?: boolean;
    /** Called when no session exists and there has been no call for that many seconds. */
    whenUnused?: WhenUnused;
    /** Receives every answered request. */
    log?: (entry: RequestLogEntry) => void;
    /** Receives problems that no response can report. */
    warn?: (message: string) => void;
}

/** A local AGB that runs in this process. */
export interface LocalAgb {
    endpoint: string;
    apiKey: string;
    dataFolder: string;
    /** The URL of the console. The part after `#` gives access to the account. */
    consoleUrl: string;
    /** The local AGB's time, which can be advanced. */
    clock: Clock;
    /** The injected faults. The array may be changed. */
    faults: Fault[];
    /** Skips all synthetic delays, and resolves when no sync, release or clearing is in progress. */
    whenIdle(): Promise<void>;
    /** Stops the server. What is in progress resumes when a server is started on the same data folder. */
    close(): Promise<void>;
}

/** The file in a data folder that says how to reach its server. */
const SERVER_FILE = "server.json";
const KEY_FILE = "api-key";
const TOKEN_FILE = "console-token";

/** Undoes a step of starting the server. */
type Cleanup = () => unknown;

/**
 * Starts a local AGB in this process.
 *
 * @example
 * const agb = await startLocalAgb({ syncTimeMs: 200 });
 * const client = new AgbClient({ endpoint: agb.endpoint, apiKey: agb.apiKey, timeoutMs: 5000 });
 * await agb.clock.advance(31 * 60_000); // every session has now reached its maximum lifetime
 * await agb.close();
 */
export async function startLocalAgb(options: LocalAgbOptions = {}): Promise<LocalAgb> {
    const cleanups: Cleanup[] = [];
    const close = async (): Promise<void> => {
        for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    };
    try {
        return { ...(await start(options, cleanups)), close };
    } catch (error) {
        await close();
        throw error;
    }
}

/** Adds to `cleanups` whatever must be undone when the server is closed or fails to start. They run in reverse order. */
async function start(options: LocalAgbOptions, cleanups: Cleanup[]): Promise<Omit<LocalAgb, "close">> {
    const { warn = () => undefined, faults = [], host = "127.0.0.1", latencyMs = 0 } = options;
    const dataFolder = await openDataFolder(options.dataFolder, cleanups);
    const delay = new SyntheticDelay(options.syncTimeMs ?? 0);
    const { service, recycler } = await openService(dataFolder, options, delay, warn, cleanups);
    const { account, contexts, sessions, syncs, releases, expiry, clock } = service;
    const ownKey = await loadSecret(join(dataFolder, KEY_FILE), "agb-local-");
    const instance = randomId("");
    const token = await loadSecret(join(dataFolder, TOKEN_FILE));
    const requests = new RecentRequests();
    const idleShutdown = new IdleShutdown(options.whenUnused, () => account.sessions.size > 0);
    const app = createServer(service, {
        keys: [ownKey, ...(options.apiKey === undefined ? [] : [options.apiKey])],
        host,
        latencyMs,
        faults,
        instance,
        console: { token, requests },
        requestStarted: () => idleShutdown.requestStarted(),
        log: (entry, detail) => {
            requests.add({ ...entry, ...detail });
            options.log?.(entry);
        },
    });
    const whenIdle = () =>
        delay.flush(async () => {
            await contexts.whenIdle();
            await syncs.whenIdle();
            await releases.whenIdle();
        });
    cleanups.push(
        whenIdle,
        () => syncs.stop(),
        () => app.close(),
        () => recycler.stop(),
        () => sessions.stop(),
        () => releases.stop(),
        () => expiry.stop(),
        () => idleShutdown.stop(),
    );
    contexts.resume();
    await sessions.resume();
    recycler.start();
    await makePrivate(dataFolder, warn);
    const endpoint = await listen(app, host, options.port ?? 0);
    const consoleUrl = `${endpoint}/#${token}`;
    const server = { endpoint, consoleUrl, pid: process.pid, instance };
    await writeFile(join(dataFolder, SERVER_FILE), JSON.stringify(server), { mode: 0o600 });
    idleShutdown.start();
    const apiKey = options.apiKey ?? ownKey;
    return { endpoint, apiKey, dataFolder, consoleUrl, clock, faults, whenIdle };
}

/** Creates the data folder if needed, and locks it. */
async function openDataFolder(configured: string | undefined, cleanups: Cleanup[]): Promise<string> {
    const dataFolder = configured === undefined ? await mkdtemp(join(tmpdir(), "local-agb-")) : resolve(configured);
    if (configured === undefined) cleanups.push(() => removeTree(dataFolder));
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const serverFile = join(dataFolder, SERVER_FILE);
    await lockFolder(dataFolder, async (owner) => {
        const { pid, endpoint } = JSON.parse(await readFile(serverFile, "utf8")) as { pid: number; endpoint: string };
        return pid === owner ? endpoint : undefined;
    });
    cleanups.push(
        () => unlockFolder(dataFolder),
        () => rm(serverFile, { force: true }),
    );
    return dataFolder;
}

/** Starts listening and returns the endpoint. */
async function listen(app: ReturnType<typeof createServer>, host: string, port: number): Promise<string> {
    await app.listen({ host, port }).catch((error: unknown) => {
        throw new Error(
            `the local AGB cannot listen on port ${port} of ${host}: ${messageWithoutPaths(error)}. Choose another port`,
            { cause: error },
        );
    });
    const address = app.server.address() as AddressInfo;
    return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}
