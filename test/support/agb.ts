/** A local AGB for a test, with a client of its own to look at what is really there. */
import { text } from "node:stream/consumers";
import { AgbClient, type Timings } from "../../provider/agb";
import { sessionEndState } from "../../provider/agb/existence";
import { pollUntil } from "../../provider/agb/polling";
import { parseFault, startLocalAgb, type LocalAgb, type LocalAgbOptions } from "../../emulator/index";

export interface TestAgb {
    local: LocalAgb;
    client: AgbClient;
    /** How a deployment reaches it. */
    env: { AGB_ENDPOINT: string; AGB_API_KEY: string };
    /** Ids of all contexts. */
    contexts(): Promise<string[]>;
    /** Ids of all running sessions that carry these labels. */
    sessions(labels?: Record<string, string>): Promise<string[]>;
    /** The paths of all files in a context. */
    files(contextId: string): Promise<string[]>;
    /** The text of a file in a context. */
    content(contextId: string, path: string): Promise<string>;
    /** Reads a file in a session. */
    readFile(sessionId: string, path: string): Promise<string>;
    /** Writes a file in a session. */
    writeFile(sessionId: string, path: string, content: string): Promise<void>;
    /** Makes calls fail from now on: `CALL:KIND:PROBABILITY[:COUNT]`. */
    fault(description: string): void;
    /** Releases a session outside the deployment, and waits until it is gone. */
    release(sessionId: string): Promise<void>;
    close(): Promise<void>;
}

/** Short pauses, so tests do not wait where a user would. */
export const SHORT_TIMINGS: Timings = {
    callRetryMs: 10,
    uploadRetryMs: 10,
    noTasksGraceMs: 300,
    lostSessionMs: 400,
    unreadableLimitMs: 800,
    listingMs: 1000,
};

export async function startTestAgb(options: LocalAgbOptions = {}): Promise<TestAgb> {
    const local = await startLocalAgb(options);
    const { endpoint, apiKey } = local;
    const client = new AgbClient({ endpoint, apiKey, timeoutMs: 10_000 }, SHORT_TIMINGS);
    return {
        local,
        client,
        env: { AGB_ENDPOINT: endpoint, AGB_API_KEY: apiKey },
        contexts: async () => (await all(client.listContexts())).map(({ id }) => id),
        sessions: async (labels) => (await all(client.listSessions(labels))).map(({ sessionId }) => sessionId),
        files: async (contextId) =>
            (await all(client.walkContextFiles(contextId))).map(({ filePath }) => filePath).sort(),
        content: async (contextId, path) => text(await client.downloadContextFile(contextId, path)),
        readFile: (sessionId, path) => client.callTool(sessionId, "read_file", { path }),
        async writeFile(sessionId, path, content) {
            await client.callTool(sessionId, "write_file", { path, content, mode: "overwrite" });
        },
        fault: (description) => void local.faults.push(parseFault(description)),
        async release(sessionId) {
            await client.releaseSession(sessionId);
            const gone = await pollUntil(
                async () => (await sessionEndState(client, sessionId)) === "gone" || undefined,
                { deadline: Date.now() + 10_000 },
            );
            if (!gone) throw new Error(`${sessionId} still exists`);
        },
        async close() {
            await client.close();
            await local.close();
        },
    };
}

/** A client whose every call fails, because nothing listens at its endpoint. */
export const unreachableClient = (): AgbClient =>
    new AgbClient({ endpoint: "http://127.0.0.1:1", apiKey: "k", timeoutMs: 1000 }, SHORT_TIMINGS);

async function all<T>(items: AsyncGenerator<T>): Promise<T[]> {
    const list: T[] = [];
    for await (const item of items) list.push(item);
    return list;
}
