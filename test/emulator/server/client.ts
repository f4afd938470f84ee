/** A plain HTTP client of the local AGB that exposes complete responses. */
import { onTestFinished } from "vitest";
import { Agent, request, type Dispatcher } from "undici";
import { startLocalAgb, type LocalAgb, type LocalAgbOptions } from "../../../emulator/index";
import { contextInfoSchema, type SyncTask } from "../../../provider/agb/wire";

export interface Reply {
    http: number;
    headers: Record<string, string | string[] | undefined>;
    success: boolean;
    code: string;
    message: string;
    httpStatusCode: number;
    requestId: string;
    data: unknown;
    nextToken?: string;
    count?: number;
    maxResults?: number;
}

export interface CallOptions {
    query?: Record<string, string | number>;
    body?: unknown;
    headers?: Record<string, string>;
    key?: string;
}

type Method = "GET" | "POST";
export type Policy = Record<string, Record<string, unknown>>;

/** A local AGB with a client, both closed after the test. */
export async function startServer(options: LocalAgbOptions = {}): Promise<TestClient> {
    const local = await startLocalAgb(options);
    onTestFinished(() => local.close());
    return clientOf(local, local);
}

/** A client of a running server, closed after the test. */
export function clientOf(address: { endpoint: string; apiKey: string }, local?: LocalAgb): TestClient {
    const client = new TestClient(address.endpoint, address.apiKey, local);
    onTestFinished(() => client.close());
    return client;
}

export class TestClient {
    readonly #inProcess: LocalAgb | undefined;
    readonly #agent = new Agent();

    constructor(
        readonly endpoint: string,
        readonly apiKey: string,
        inProcess?: LocalAgb,
    ) {
        this.#inProcess = inProcess;
    }

    get local(): LocalAgb {
        if (this.#inProcess === undefined) throw new Error("this server runs in another process");
        return this.#inProcess;
    }

    close(): Promise<void> {
        return this.#agent.destroy();
    }

    raw(url: string, options: Omit<Dispatcher.RequestOptions, "origin" | "path">): Promise<Dispatcher.ResponseData> {
        return request(url, { ...options, dispatcher: this.#agent });
    }

    async call(
        method: Method,
        path: string,
        { query = {}, body, headers = {}, key = this.apiKey }: CallOptions = {},
    ): Promise<Reply> {
        const search = new URLSearchParams(
            Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
        ).toString();
        const answered = await this.raw(`${this.endpoint}${path}${search && `?${search}`}`, {
            method,
            headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
            body: body === undefined ? null : JSON.stringify(body),
        });
        return {
            ...((await answered.body.json()) as Omit<Reply, "http" | "headers">),
            http: answered.statusCode,
            headers: answered.headers,
        };
    }

    /** Returns the data of a call that must succeed. */
    async data<Data>(method: Method, path: string, options?: CallOptions): Promise<Data> {
        const reply = await this.call(method, path, options);
        if (reply.http !== 200 || !reply.success) {
            throw new Error(`${path}: ${reply.http} ${reply.code} ${reply.message}`);
        }
        return reply.data as Data;
    }

    async createContext(name: string): Promise<string> {
        return (await this.data<{ id: string }>("GET", "/sdk/GetContext", { query: { name, allowCreate: "true" } })).id;
    }

    async url(direction: "Upload" | "Download", contextId: string, filePath: string): Promise<string> {
        return (
            await this.data<{ url: string }>("POST", `/sdk/GetContextFile${direction}Url`, {
                query: { contextId, filePath },
            })
        ).url;
    }

    async put(contextId: string, filePath: string, content: string | Buffer): Promise<void> {
        const { statusCode, body } = await this.raw(await this.url("Upload", contextId, filePath), {
            method: "PUT",
            body: content,
        });
        await body.dump();
        if (statusCode !== 200) throw new Error(`PUT of ${filePath}: ${statusCode}`);
    }

    /** The content of a file of a context; `undefined` if it does not exist. */
    async get(contextId: string, filePath: string): Promise<string | undefined> {
        const { statusCode, body } = await this.raw(await this.url("Download", contextId, filePath), { method: "GET" });
        const text = await body.text();
        return statusCode === 404 ? undefined : text;
    }

    /** All files of a context, by their absolute paths. */
    async files(contextId: string, folder = "/"): Promise<string[]> {
        const found: string[] = [];
        for (let pageNumber = 1; ; pageNumber++) {
            const entries = await this.data<{ filePath: string; fileType: string }[]>(
                "POST",
                "/sdk/DescribeContextFiles",
                { query: { contextId, parentFolderPath: folder, pageNumber } },
            );
            if (entries.length === 0) return found.sort();
            for (const { filePath, fileType } of entries) {
                found.push(...(fileType === "FOLDER" ? await this.files(contextId, filePath) : [filePath]));
            }
        }
    }

    async createSession(
        mounts: { contextId: string; path: string; policy?: Policy }[] = [],
        more: { labels?: Record<string, string>; timeout?: number } = {},
    ): Promise<string> {
        const { sessionId } = await this.data<{ sessionId: string }>("POST", "/mcp/createSession", {
            query: { imageId: "agb-code-space-1" },
            body: {
                labels: JSON.stringify(more.labels ?? {}),
                persistenceDataList: mounts.map(({ policy = {}, ...mount }) => ({
                    ...mount,
                    policy: JSON.stringify(policy),
                })),
                ...(more.timeout !== undefined && { timeout: more.timeout }),
            },
        });
        return sessionId;
    }

    /** Creates a session and waits until its first downloads have ended. */
    async readySession(...given: Parameters<TestClient["createSession"]>): Promise<string> {
        const sessionId = await this.createSession(...given);
        await this.local.whenIdle();
        return sessionId;
    }

    async tasks(sessionId: string, query: Record<string, string> = {}): Promise<SyncTask[]> {
        return contextInfoSchema.parse(
            await this.data("GET", "/sdk/GetContextInfo", { query: { sessionId, ...query } }),
        );
    }

    /** Syncs and waits until all tasks have ended. */
    async sync(sessionId: string, query: Record<string, string> = {}): Promise<SyncTask[]> {
        await this.data("POST", "/sdk/SyncContext", { query: { sessionId, ...query } });
        await this.local.whenIdle();
        return this.tasks(sessionId);
    }

    async release(sessionId: string): Promise<void> {
        await this.data("POST", "/mcp/releaseSession", { body: { sessionId } });
    }

    status(sessionId: string): Promise<Reply> {
        return this.call("POST", "/mcp/getSessionInfo", { body: { sessionId } });
    }

    async tool(
        sessionId: string,
        name: string,
        args: Record<string, unknown>,
    ): Promise<{ text: string; isError: boolean }> {
        const { content, isError } = await this.data<{ content: { text: string }[]; isError: boolean }>(
            "POST",
            "/mcp",
            {
                query: { autoGenSession: "false" },
                body: { sessionId, name, args: JSON.stringify(args) },
            },
        );
        return { text: content.map(({ text }) => text).join("\n"), isError };
    }

    async write(sessionId: string, path: string, content: string): Promise<void> {
        const { isError, text } = await this.tool(sessionId, "write_file", { path, content, mode: "overwrite" });
        if (isError) throw new Error(text);
    }

    async remove(sessionId: string, path: string): Promise<void> {
        const { isError, text } = await this.tool(sessionId, "delete_file", { path });
        if (isError) throw new Error(text);
    }

    /** The content of a file in a session; `undefined` if it does not exist. */
    async read(sessionId: string, path: string): Promise<string | undefined> {
        const { isError, text } = await this.tool(sessionId, "read_file", { path });
        return isError ? undefined : text;
    }
}
