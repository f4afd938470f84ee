/** The AGB API as methods, one a call. */
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { z } from "zod";
import { calls } from "./calls";
import { AgbApiError } from "./errors";
import { uploadWithRetry, type FileDigest, type FileSource, type TransferOptions } from "./fileTransfer";
import type { SyncMode } from "./policy";
import { resolveSettings, type AgbSettings, type AgbSettingsSource } from "./settings";
import { DEFAULT_TIMINGS, type Timings } from "./timings";
import { Transport, type Answer } from "./transport";
import {
    contextFileSchema,
    contextInfoSchema,
    contextSchema,
    createdSessionSchema,
    labelsSchema,
    listedSessionSchema,
    presignedUrlSchema,
    sessionInfoSchema,
    sessionLabelsSchema,
    sessionSchema,
    toolResultSchema,
    type SyncTask,
    type WireContext,
    type WireContextFile,
    type WireMount,
} from "./wire";

const nothing = z.unknown();
/** The largest page that the service is known to allow. */
const PAGE = 50;

const isFolder = ({ fileType = "" }: WireContextFile) => /^(folder|dir|directory)$/i.test(fileType);

export interface SessionRequest {
    imageId: string;
    labels: Record<string, string>;
    mounts: WireMount[];
    policyId?: string | undefined;
    /** Seconds. */
    idleReleaseTimeout?: number | undefined;
}

/** Which mount of a session is meant; both, or neither for every mount. */
export interface MountAddress {
    contextId: string;
    path: string;
}

/**
 * Calls AGB over one pool of connections. Calls that are safe to repeat are repeated after a broken connection; what AGB
 * refuses throws {@link AgbApiError}, what does not arrive {@link AgbConnectionError}.
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
    readonly #transport: Transport;

    /** Pauses and grace periods of everything that works through this client. */
    readonly timings: Readonly<Timings>;

    constructor(settings: AgbSettings, timings: Partial<Timings> = {}) {
        this.timings = { ...DEFAULT_TIMINGS, ...timings };
        this.#transport = new Transport(settings, this.timings.callRetryMs);
    }

    /** A client with settings from the arguments, else from the environment. Starts the local AGB where the endpoint is `local`. */
    static async connect(source: AgbSettingsSource = {}): Promise<AgbClient> {
        return new AgbClient(await resolveSettings(source));
    }

    async close(): Promise<void> {
        await this.#transport.close();
    }

    /** The context with that id or name; {@link AgbApiError} where there is none. */
    async getContext(by: { id: string } | { name: string }): Promise<WireContext> {
        return (await this.#transport.send(calls.getContext, contextSchema, { query: { ...by, allowCreate: false } }))
            .data;
    }

    /** The context of that name, made where there is none: AGB does not tell which. */
    async ensureContext(name: string, region?: string): Promise<WireContext> {
        return (
            await this.#transport.send(calls.getContext, contextSchema, {
                query: { name, allowCreate: true, loginRegionId: region },
            })
        ).data;
    }

    /** Every context of the account, newest first, page by page. */
    async *listContexts(): AsyncGenerator<WireContext> {
        const itemSchema = z.array(contextSchema).nullish();
        yield* this.#pages(async (nextToken) =>
            this.#transport.send(calls.listContexts, itemSchema, { query: { maxResults: PAGE, nextToken } }),
        );
    }

    async renameContext(id: string, name: string): Promise<void> {
        await this.#transport.send(calls.modifyContext, nothing, { query: { id, name } });
    }

    async deleteContext(id: string): Promise<void> {
        await this.#transport.send(calls.deleteContext, nothing, { query: { id } });
    }

    /** Starts to remove all files of a context; it is done when the context's `state` is `available` again. */
    async clearContext(id: string): Promise<void> {
        await this.#transport.send(calls.clearContext, nothing, { query: { id } });
    }

    /** One page of the direct children of a folder of a context. Pages count from 1; past the end they are empty. */
    async listContextFilesPage(contextId: string, folder: string, page: number): Promise<WireContextFile[]> {
        const query = { contextId, parentFolderPath: folder, pageNumber: page, pageSize: PAGE };
        return (
            (await this.#transport.send(calls.contextFiles, z.array(contextFileSchema).nullish(), { query })).data ?? []
        );
    }

    /** What is directly in a folder of a context, folders too, page by page. */
    async *listContextFolder(contextId: string, folder: string): AsyncGenerator<WireContextFile> {
        for (let page = 1; ; page++) {
            const files = await this.listContextFilesPage(contextId, folder, page);
            yield* files;
            if (files.length < PAGE) return;
        }
    }

    /** Every file of a context (no folders), found by walking its folders. */
    async *walkContextFiles(contextId: string, folder = "/"): AsyncGenerator<WireContextFile> {
        for await (const entry of this.listContextFolder(contextId, folder)) {
            if (isFolder(entry)) yield* this.walkContextFiles(contextId, entry.filePath);
            else yield entry;
        }
    }

    /** A file as AGB lists it; `undefined` where its folder does not have it. */
    async findContextFile(contextId: string, path: string): Promise<WireContextFile | undefined> {
        for await (const entry of this.listContextFolder(contextId, posix.dirname(path))) {
            if (entry.filePath === path && !isFolder(entry)) return entry;
        }
        return undefined;
    }

    /**
     * Puts a file into a context, streamed, and says what was sent. `path` is the absolute path at which sessions will see it; a
     * file that is there is replaced. Tried again, at a fresh address and from the first byte, where the connection breaks or the
     * storage is out of order. A transfer that stands still for as long as a call may take is given up.
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
        return uploadWithRetry(source, options, this.timings.uploadRetryMs, async (content, size) => {
            const { url } = (
                await this.#transport.send(calls.contextFileUploadUrl, presignedUrlSchema, {
                    query: { contextId, filePath: path },
                })
            ).data;
            await this.#transport.put(url, content, size, options.signal);
        });
    }

    /** A file of a context, streamed. Where there is none it throws {@link AgbApiError} with the HTTP status 404. */
    async downloadContextFile(contextId: string, path: string, signal?: AbortSignal): Promise<Readable> {
        const { url } = (
            await this.#transport.send(calls.contextFileDownloadUrl, presignedUrlSchema, {
                query: { contextId, filePath: path },
            })
        ).data;
        return this.#transport.get(url, signal);
    }

    async deleteContextFile(contextId: string, path: string): Promise<void> {
        await this.#transport.send(calls.deleteContextFile, nothing, { query: { contextId, filePath: path } });
    }

    /** Makes a session. After an unclear failure look for one of its labels before calling again. */
    async createSession(request: SessionRequest) {
        const body = {
            labels: JSON.stringify(request.labels),
            persistenceDataList: request.mounts,
            ...(request.policyId === undefined ? {} : { mcpPolicyId: request.policyId }),
            ...(request.idleReleaseTimeout === undefined ? {} : { timeout: request.idleReleaseTimeout }),
        };
        const { data, envelope, serverTime } = await this.#transport.send(
            calls.createSession,
            createdSessionSchema.nullish(),
            { query: { imageId: request.imageId }, body },
        );
        if (data?.success === false || !data?.sessionId) {
            throw new AgbApiError(
                calls.createSession.name,
                envelope.code === "ok" ? "" : (envelope.code ?? ""),
                data?.errMsg ?? envelope.message ?? "no session was made",
                200,
                envelope.requestId ?? "",
            );
        }
        return { ...data, sessionId: data.sessionId, serverTime };
    }

    async getSession(sessionId: string) {
        return (await this.#transport.send(calls.getSession, sessionSchema, { body: { sessionId } })).data;
    }

    /** The session's state: `RUNNING`, or a word for its end. */
    async getSessionStatus(sessionId: string): Promise<string | undefined> {
        return (await this.#transport.send(calls.sessionInfo, sessionInfoSchema, { body: { sessionId } })).data.status;
    }

    /** Asks for a session's end; it goes on in the background. */
    async releaseSession(sessionId: string): Promise<void> {
        await this.#transport.send(calls.releaseSession, nothing, { body: { sessionId } });
    }

    /** Starts the idle timer anew. */
    async refreshIdleTime(sessionId: string): Promise<void> {
        await this.#transport.send(calls.refreshIdleTime, nothing, { query: { sessionId } });
    }

    /** Every running session that carries all these labels, page by page. */
    async *listSessions(labels: Record<string, string> = {}): AsyncGenerator<z.output<typeof listedSessionSchema>> {
        const query = { maxResults: PAGE, labels: JSON.stringify(labelsSchema.parse(labels)) };
        yield* this.#pages(async (nextToken) =>
            this.#transport.send(calls.listSessions, z.array(listedSessionSchema).nullish(), {
                query: { ...query, nextToken },
            }),
        );
    }

    /** Replaces all labels of a session. */
    async setLabels(sessionId: string, labels: Record<string, string>): Promise<void> {
        await this.#transport.send(calls.setLabels, nothing, { query: { sessionId, Labels: JSON.stringify(labels) } });
    }

    async getLabels(sessionId: string): Promise<Record<string, string>> {
        return (
            (await this.#transport.send(calls.getLabels, sessionLabelsSchema, { query: { sessionId } })).data.labels ??
            {}
        );
    }

    /** Starts a sync of one mount, or of all. It runs in the background: see {@link getSyncTasks}. */
    async startSync(sessionId: string, mode: SyncMode, mount?: MountAddress): Promise<void> {
        await this.#transport.send(calls.syncContext, nothing, {
            query: { sessionId, mode, contextId: mount?.contextId, path: mount?.path },
        });
    }

    /** The last task of each mount and direction of a session, and the service's clock (milliseconds). */
    async getSyncTasks(sessionId: string): Promise<{ tasks: SyncTask[]; serverTime: number }> {
        const { data, serverTime } = await this.#transport.send(calls.contextInfo, contextInfoSchema, {
            query: { sessionId },
        });
        return { tasks: data.filter((task) => task.taskType === "upload" || task.taskType === "download"), serverTime };
    }

    /** Runs a tool in a session and gives its text. Throws {@link AgbApiError} when the tool reports an error. */
    async callTool(sessionId: string, name: string, args: Record<string, unknown>): Promise<string> {
        const { data, envelope } = await this.#transport.send(calls.callTool, toolResultSchema, {
            query: { autoGenSession: false },
            body: { sessionId, name, args: JSON.stringify(args) },
        });
        const text = data.content.map((item) => item.text ?? "").join("\n");
        if (data.isError) throw new AgbApiError(`tool ${name}`, "", text, 200, envelope.requestId ?? "");
        return text;
    }

    async *#pages<T>(
        page: (nextToken: string | undefined) => Promise<Answer<T[] | null | undefined>>,
    ): AsyncGenerator<T> {
        let nextToken: string | undefined;
        do {
            const { data, envelope } = await page(nextToken);
            yield* data ?? [];
            nextToken = envelope.nextToken;
        } while (nextToken);
    }
}
