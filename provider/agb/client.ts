/** The calls of the AGB API as methods. */
import { posix } from "node:path";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { calls } from "./calls";
import { createPool } from "./connection";
import { AgbApiError } from "./errors";
import { uploadWithRetry, type TransferOptions } from "./fileTransfer";
import { numberedPages, PAGE_SIZE, walkFolders, type Page } from "./listing";
import type { SyncMode } from "./policy";
import { createSessionBody, type MountAddress, type SessionRequest } from "./requests";
import { accountMark, resolveSettings, type AgbSettings, type AgbSettingsSource } from "./settings";
import { Storage } from "./storage";
import { latestTasks } from "./syncTasks";
import { DEFAULT_TIMINGS, type Timings } from "./timings";
import { Transport } from "./transport";
import type { FileDigest, FileSource } from "./uploadSource";
import {
    isFolder,
    labelsSchema,
    type SyncTask,
    type WireContext,
    type WireContextFile,
    type WireListedSession,
    type WireSession,
} from "./wire";

/**
 * A client for the AGB API. It keeps a pool of connections, and repeats calls that are safe to repeat when a connection
 * breaks. Every method throws {@link AgbApiError} if AGB rejects the call and {@link AgbConnectionError} if there is no
 * usable response.
 *
 * @example
 * import { AgbClient } from "pulumi-agb/client";
 *
 * const client = await AgbClient.connect({ endpoint: "local" });
 * const context = await client.ensureContext("notes");
 * console.log(context.id);
 * await client.close();
 */
export class AgbClient {
    readonly #pools: [Dispatcher, Dispatcher];
    readonly #transport: Transport;
    readonly #storage: Storage;

    /** The pauses and grace periods of everything that uses this client. */
    readonly timings: Readonly<Timings>;
    /** Identifies the account without revealing its key. */
    readonly accountMark: string;

    constructor(settings: AgbSettings, timings: Partial<Timings> = {}) {
        this.accountMark = accountMark(settings);
        this.timings = { ...DEFAULT_TIMINGS, ...timings };
        // Transfers have a pool of their own, so calls never wait for them.
        this.#pools = [createPool(settings), createPool(settings)];
        this.#transport = new Transport(settings, this.#pools[0], this.timings.callRetryMs);
        this.#storage = new Storage(settings, this.#pools[1], this.timings.callRetryMs);
    }

    /**
     * Creates a client with the given settings. Settings that are not given come from the environment. Starts the local
     * AGB if the endpoint is `local`. Throws {@link AgbSettingsError} if the settings are incomplete or invalid.
     */
    static async connect(source: AgbSettingsSource = {}): Promise<AgbClient> {
        return new AgbClient(await resolveSettings(source));
    }

    /** Returns the service's time in milliseconds since the epoch. Before the first response, it is that of this machine. */
    serviceTime = (): number => this.#transport.serviceTime();

    /** Closes the connections after calls in progress finish. */
    async close(): Promise<void> {
        await Promise.all(this.#pools.map((pool) => pool.close()));
    }

    /**
     * Returns the context with the given id or name. Names are unique within a region, by default the account's own.
     * Throws {@link AgbApiError} if there is none, see `findContext`.
     */
    async getContext(by: { id: string } | { name: string }, region?: string): Promise<WireContext> {
        return this.#transport.call(calls.getContext, { query: { ...by, allowCreate: false, loginRegionId: region } });
    }

    /** Returns the context with the given name, and creates it if necessary. AGB does not report which of the two happened. */
    async ensureContext(name: string, region?: string): Promise<WireContext> {
        const query = { name, allowCreate: true, loginRegionId: region };
        return this.#transport.call(calls.ensureContext, { query });
    }

    /** Lists every context in the account, newest first. The listing may be limited to the given or the default region. */
    async *listContexts(region?: string): AsyncGenerator<WireContext> {
        yield* this.#transport.list(calls.listContexts, { loginRegionId: region }, ({ id }) => id);
    }

    /** Renames a context. */
    async renameContext(id: string, name: string): Promise<void> {
        await this.#transport.call(calls.modifyContext, { query: { id, name } });
    }

    /** Deletes a context and its files. */
    async deleteContext(id: string): Promise<void> {
        await this.#transport.call(calls.deleteContext, { query: { id } });
    }

    /** Starts to remove all files of a context. The context's `state` is `available` again when all are removed. */
    async clearContext(id: string): Promise<void> {
        await this.#transport.call(calls.clearContext, { query: { id } });
    }

    /** Returns one page of the direct children of a context's folder. Pages start at 1. A page past the end is empty. */
    async listContextFilesPage(contextId: string, folder: string, page: number): Promise<WireContextFile[]> {
        return (await this.#contextFiles(contextId, folder, page)).items;
    }

    async #contextFiles(contextId: string, folder: string, page: number): Promise<Page<WireContextFile>> {
        const query = { contextId, parentFolderPath: folder, pageNumber: page, pageSize: PAGE_SIZE };
        const { data, envelope } = await this.#transport.send(calls.contextFiles, { query });
        return { items: data.files, length: data.length, count: envelope.count };
    }

    /** Lists the direct children of a context's folder, both files and folders. */
    async *listContextFolder(contextId: string, folder: string): AsyncGenerator<WireContextFile> {
        const readPage = (page: number) => this.#contextFiles(contextId, folder, page);
        yield* numberedPages(calls.contextFiles.name, readPage, ({ filePath }) => filePath);
    }

    /** Lists every file below a context's folder, recursively. Folders are not listed. */
    async *walkContextFiles(contextId: string, folder = "/"): AsyncGenerator<WireContextFile> {
        const list = (path: string) => this.listContextFolder(contextId, path);
        yield* walkFolders(calls.contextFiles.name, folder, list, isFolder);
    }

    /** Returns a context's file as AGB lists it, or `undefined` if it does not exist. */
    async findContextFile(contextId: string, path: string): Promise<WireContextFile | undefined> {
        for await (const entry of this.listContextFolder(contextId, posix.dirname(path))) {
            if (entry.filePath === path && !isFolder(entry)) return entry;
        }
        return undefined;
    }

    /**
     * Uploads a file to a context as a stream, and returns the digest of what was sent. `path` is the absolute path of
     * the file in sessions. An existing file is replaced. If the connection breaks or the storage is unavailable, the
     * upload is repeated from the first byte. A transfer that makes no progress for `timeoutMs` fails.
     *
     * @example
     * const { id } = await client.ensureContext("models");
     * const { hash } = await client.uploadContextFile(id, "/home/data/model.bin", { file: "./model.bin" });
     */
    async uploadContextFile(
        contextId: string,
        path: string,
        source: FileSource,
        options: TransferOptions = {},
    ): Promise<FileDigest> {
        const query = { contextId, filePath: path };
        return uploadWithRetry(source, options, this.timings.uploadRetryMs, async (content, size) => {
            const { url } = await this.#transport.call(calls.contextFileUploadUrl, { query });
            await this.#storage.put(url, content, size, options.signal);
        });
    }

    /** Opens a file of a context as a stream. Throws {@link AgbApiError} with `httpStatus` 404 if it does not exist. */
    async downloadContextFile(contextId: string, path: string, signal?: AbortSignal): Promise<Readable> {
        const query = { contextId, filePath: path };
        const { url } = await this.#transport.call(calls.contextFileDownloadUrl, { query });
        return this.#storage.get(url, signal);
    }

    /** Deletes a file of a context. */
    async deleteContextFile(contextId: string, path: string): Promise<void> {
        await this.#transport.call(calls.deleteContextFile, { query: { contextId, filePath: path } });
    }

    /** Creates a session. If it fails and `mayHaveTakenEffect(error)` is true, look for it by a label before you retry. */
    async createSession(request: SessionRequest) {
        const parameters = { query: { imageId: request.imageId }, body: createSessionBody(request) };
        const { data, envelope, serverTime } = await this.#transport.send(calls.createSession, parameters);
        if (data?.success === false || !data?.sessionId) {
            const code = envelope.code === "ok" ? "" : (envelope.code ?? "");
            const message = data?.errMsg || envelope.message || "no session was created";
            // AGB accepted the call, so a session may exist although the answer does not name it.
            throw new AgbApiError(calls.createSession.name, code, message, 200, envelope.requestId ?? "", true);
        }
        return { ...data, sessionId: data.sessionId, serverTime };
    }

    /** Returns the names of an image's tools. Throws {@link AgbApiError} if AGB rejects the image. Creates no session. */
    async listTools(imageId: string): Promise<string[]> {
        return (await this.#transport.call(calls.listTools, { query: { imageId } })).map(({ name }) => name);
    }

    /** Returns a session with its access data. */
    async getSession(sessionId: string): Promise<WireSession> {
        return this.#transport.call(calls.getSession, { body: { sessionId } });
    }

    /** Returns the status of a session, see `SessionStatus`. */
    async getSessionStatus(sessionId: string): Promise<string | undefined> {
        return (await this.#transport.call(calls.sessionInfo, { body: { sessionId } })).status;
    }

    /** Requests the release of a session, which continues in the background. See `sessionEndState`. */
    async releaseSession(sessionId: string): Promise<void> {
        await this.#transport.call(calls.releaseSession, { body: { sessionId } });
    }

    /** Restarts the idle timer of a session. */
    async refreshIdleTime(sessionId: string): Promise<void> {
        await this.#transport.call(calls.refreshIdleTime, { query: { sessionId } });
    }

    /** Lists every running session that has all the given labels. */
    async *listSessions(labels: Record<string, string> = {}): AsyncGenerator<WireListedSession> {
        const query = { labels: JSON.stringify(labelsSchema.parse(labels)) };
        yield* this.#transport.list(calls.listSessions, query, ({ sessionId }) => sessionId);
    }

    /** Replaces all labels of a session. */
    async setLabels(sessionId: string, labels: Record<string, string>): Promise<void> {
        await this.#transport.call(calls.setLabels, { query: { sessionId, Labels: JSON.stringify(labels) } });
    }

    /** Returns all labels of a session. */
    async getLabels(sessionId: string): Promise<Record<string, string>> {
        return (await this.#transport.call(calls.getLabels, { query: { sessionId } })).labels ?? {};
    }

    /** Starts a sync of one mount, or of every mount. It runs in the background, see {@link getSyncTasks}. */
    async startSync(sessionId: string, mode: SyncMode, mount?: MountAddress): Promise<void> {
        const query = { sessionId, mode, contextId: mount?.contextId, path: mount?.path };
        await this.#transport.call(calls.syncContext, { query });
    }

    /** Returns the latest task of each mount and direction, and the service's clock in milliseconds since the epoch. */
    async getSyncTasks(sessionId: string): Promise<{ tasks: SyncTask[]; serverTime: number }> {
        const { data, serverTime } = await this.#transport.send(calls.contextInfo, { query: { sessionId } });
        return { tasks: latestTasks(data), serverTime };
    }

    /** Runs a tool in a session and returns its text output. Throws {@link AgbApiError} if the tool reports an error. */
    async callTool(sessionId: string, name: string, args: Record<string, unknown>): Promise<string> {
        const parameters = { query: { autoGenSession: false }, body: { sessionId, name, args: JSON.stringify(args) } };
        const { data, envelope } = await this.#transport.send(calls.callTool, parameters);
        const text = data.content.map((item) => item.text ?? "").join("\n");
        if (data.isError) throw new AgbApiError(`tool ${name}`, "", text, 200, envelope.requestId ?? "");
        return text;
    }
}
