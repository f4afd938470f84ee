/** A local AGB for a test, with a client of its own to look at what is really there. */
import { AgbClient } from "../../provider/agb";
import { sessionEndState } from "../../provider/agb/existence";
import { pollUntil } from "../../provider/agb/polling";
import { startLocalAgb, type LocalAgb, type LocalAgbOptions } from "../../emulator/index";

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
    /** Releases a session behind everybody's back, and waits until it is gone. */
    release(sessionId: string): Promise<void>;
    close(): Promise<void>;
}

export async function startTestAgb(options: LocalAgbOptions = {}): Promise<TestAgb> {
    const local = await startLocalAgb(options);
    const { endpoint, apiKey } = local;
    const client = new AgbClient({ endpoint, apiKey, timeoutMs: 10_000 });
    return {
        local,
        client,
        env: { AGB_ENDPOINT: endpoint, AGB_API_KEY: apiKey },
        contexts: async () => (await all(client.listContexts())).map(({ id }) => id),
        sessions: async (labels) => (await all(client.listSessions(labels))).map(({ sessionId }) => sessionId),
        files: async (contextId) =>
            (await all(client.walkContextFiles(contextId))).map(({ filePath }) => filePath).sort(),
        async release(sessionId) {
            await client.releaseSession(sessionId);
            const gone = await pollUntil(
                async () => (await sessionEndState(client, sessionId)) === "gone" || undefined,
                { deadline: Date.now() + 10_000 },
            );
            if (!gone) throw new Error(`${sessionId} is still there`);
        },
        async close() {
            await client.close();
            await local.close();
        },
    };
}

async function all<T>(items: AsyncGenerator<T>): Promise<T[]> {
    const list: T[] = [];
    for await (const item of items) list.push(item);
    return list;
}
