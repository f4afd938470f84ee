/** The local AGB: the AGB API on this machine, over real files. */
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Account, randomId } from "./account";
import { Clock } from "./clock";
import { Contexts } from "./contexts";
import { ContextFiles } from "./disk/contextFiles";
import { removeTree } from "./disk/removeTree";
import { Trash } from "./disk/trash";
import type { Fault } from "./http/faults";
import { createServer, type RequestLogEntry } from "./http/server";
import { messageWithoutPaths } from "./messageWithoutPaths";
import { lockFolder, unlockFolder } from "./lock";
import { SyntheticDelay } from "./syntheticDelay";
import { RecentRequests } from "./statusPage/requests";
import { Presigned } from "./presigned";
import { Recycler } from "./recycler";
import { Sessions } from "./sessions";
import { IdleShutdown, type WhenUnused } from "./idleShutdown";
import { Syncs } from "./sync/syncs";
import { Transfer } from "./sync/transfer";

export type { Clock } from "./clock";
export { parseFault, type Fault } from "./http/faults";
export type { RequestLogEntry as RequestLine } from "./http/server";
export { AlreadyLockedError as Locked } from "./lock";

export interface LocalAgbOptions {
    /** Where everything is kept. Without one it is a temporary folder that goes when the server is closed. */
    dataFolder?: string;
    /** A key that is accepted besides the data folder's own. */
    apiKey?: string;
    /** Default 0: one that is free. */
    port?: number;
    /** Default `127.0.0.1`. */
    host?: string;
    /** Milliseconds added to each call. */
    latency?: number;
    /** What goes wrong on purpose. The array may be changed while the server runs. */
    faults?: Fault[];
    /** Idle seconds of sessions that do not name their own; default 300. */
    idleTimeout?: number;
    /** The shortest time that a sync task takes, in milliseconds. 0, the default: as fast as the files are copied. */
    syncTime?: number;
    /** Whether sessions tell a link over which the SDKs call their tools, and not through the API; default false. */
    toolLink?: boolean;
    /** Called when there has been no call for so many seconds and no session lives. */
    whenUnused?: WhenUnused;
    /** Gets each request that was answered. */
    log?: (line: RequestLogEntry) => void;
    /** Gets what the user should know although no request asked. */
    warn?: (message: string) => void;
}

/** A local AGB that runs in this process. */
export interface LocalAgb {
    endpoint: string;
    apiKey: string;
    dataFolder: string;
    /** The address of the status page. What is behind its `#` lets one see everything that the account holds. */
    statusPage: string;
    /** Can be put forward. */
    clock: Clock;
    /** What goes wrong on purpose, from now on. */
    faults: Fault[];
    /** Lets nothing wait any more, and resolves when every sync and every release has ended. */
    settleSyncs(): Promise<void>;
    /** Ends the server; what was under way goes on when it is started again on the same data folder. */
    close(): Promise<void>;
}

/** The file of a data folder that says how its server is reached. */
export const SERVER_FILE = "server.json";
const KEY_FILE = "api-key";
const DEFAULT_IDLE_SECONDS = 300;

/**
 * Starts a local AGB in this process.
 *
 * @example
 * const agb = await startLocalAgb({ syncTime: 200 });
 * const client = new AgbClient({ endpoint: agb.endpoint, apiKey: agb.apiKey, timeoutMs: 5000 });
 * await agb.clock.shift(31 * 60_000); // now every session has reached its end
 * await agb.close();
 */
export async function startLocalAgb(options: LocalAgbOptions = {}): Promise<LocalAgb> {
    const steps: (() => unknown)[] = [];
    /** Undoes what was done, the last first. */
    const close = async (): Promise<void> => {
        for (const step of steps.splice(0).reverse()) await step();
    };
    try {
        return { ...(await serve(options, steps)), close };
    } catch (error) {
        await close();
        throw error;
    }
}

/** Whatever has to be undone when the server ends, or when it fails to start, goes to the end of `steps`. */
async function serve(options: LocalAgbOptions, steps: (() => unknown)[]): Promise<Omit<LocalAgb, "close">> {
    const dataFolder =
        options.dataFolder === undefined ? await mkdtemp(join(tmpdir(), "local-agb-")) : resolve(options.dataFolder);
    if (options.dataFolder === undefined) steps.push(() => removeTree(dataFolder));
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
    const serverFile = join(dataFolder, SERVER_FILE);
    await lockFolder(dataFolder, async (owner) => {
        const { pid, endpoint } = JSON.parse(await readFile(serverFile, "utf8")) as { pid: number; endpoint: string };
        return pid === owner ? endpoint : undefined;
    });
    steps.push(
        () => unlockFolder(dataFolder),
        () => rm(serverFile, { force: true }),
    );

    const { warn = () => undefined, faults = [], host = "127.0.0.1", port: wantedPort = 0 } = options;
    const clock = new Clock();
    const pace = new SyntheticDelay(options.syncTime ?? 0);
    const account = await Account.open(dataFolder);
    steps.push(() => account.close());
    const trash = await Trash.open(dataFolder, warn);
    steps.push(() => trash.stop());
    const files = await ContextFiles.open(dataFolder, account.contexts, trash, clock);
    const contexts = new Contexts(account, files, clock, pace, warn);
    const recycler = new Recycler(account, files, clock, warn);
    const syncs = new Syncs(account, new Transfer(account, files), clock, (id) => sessions.space(id).root, pace);
    const sessions: Sessions = new Sessions(
        dataFolder,
        account,
        contexts,
        syncs,
        clock,
        trash,
        options.idleTimeout ?? DEFAULT_IDLE_SECONDS,
        warn,
    );
    const presigned = new Presigned(Buffer.from(await keptSecret(join(dataFolder, "signing-key")), "hex"), clock);
    const ownKey = await keptSecret(join(dataFolder, KEY_FILE), "agb-local-");
    const instance = randomId("");
    const page = { token: await keptSecret(join(dataFolder, "page-token")), requests: new RecentRequests() };
    const unused = new IdleShutdown(options.whenUnused, () => account.sessions.size > 0);

    const app = createServer(
        { account, contexts, files, sessions, syncs, presigned, clock, toolLink: options.toolLink ?? false },
        {
            keys: [ownKey, ...(options.apiKey === undefined ? [] : [options.apiKey])],
            host,
            latency: options.latency ?? 0,
            faults,
            instance,
            page,
            entered: () => unused.requestStarted(),
            log: (line) => {
                page.requests.add(line);
                options.log?.(line);
            },
        },
    );
    const settle = () =>
        pace.flush(async () => {
            await contexts.whenIdle();
            await syncs.idle();
            await sessions.whenIdle();
        });
    steps.push(
        settle,
        () => syncs.stop(),
        () => app.close(),
        () => recycler.stop(),
        () => sessions.stop(),
        () => unused.stop(),
    );
    contexts.resume();
    await sessions.resume();
    recycler.start();
    await app.listen({ host, port: wantedPort }).catch((error: unknown) => {
        throw new Error(
            `the local AGB cannot listen on port ${wantedPort} of ${host}: ${messageWithoutPaths(error)}. Choose another`,
            { cause: error },
        );
    });
    const { port } = app.server.address() as AddressInfo;
    const endpoint = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    const statusPage = `${endpoint}/#${page.token}`;
    await writeFile(serverFile, JSON.stringify({ endpoint, statusPage, pid: process.pid, instance }), { mode: 0o600 });
    unused.start();

    return {
        endpoint,
        apiKey: options.apiKey ?? ownKey,
        dataFolder,
        statusPage,
        clock,
        faults,
        settleSyncs: settle,
    };
}

/** A secret that is made once and then kept in a file that only the user can read. */
async function keptSecret(file: string, prefix = ""): Promise<string> {
    const kept = await readFile(file, "utf8").catch(() => "");
    if (kept.trim() !== "") return kept.trim();
    const made = prefix + randomBytes(32).toString("hex");
    await writeFile(file, `${made}\n`, { mode: 0o600 });
    return made;
}
