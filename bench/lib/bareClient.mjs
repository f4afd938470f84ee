/**
 * A client that knows AGB by heart: it sends the least requests that do the work, and polls at the moment at which a sync
 * ends. No real client can be faster, so its time is the limit.
 */
import { setTimeout as sleep } from "node:timers/promises";

const { AGB_ENDPOINT, AGB_API_KEY, BENCH_SYNC_MS = "0", BENCH_LATENCY_MS = "0" } = process.env;
const SYNC_MS = Number(BENCH_SYNC_MS);
const LATENCY_MS = Number(BENCH_LATENCY_MS);
/** By how much a poll comes after the end of a sync, for what the service itself needs. */
const MARGIN_MS = 5;

export async function send(method, path, query, body) {
    const url = `${AGB_ENDPOINT}${path}?${new URLSearchParams(query)}`;
    const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${AGB_API_KEY}` },
        ...(body && { body: JSON.stringify(body) }),
    });
    return response.json();
}

export const ensureContext = async (name) =>
    (await send("GET", "/sdk/GetContext", { name, allowCreate: "true" })).data.id;

export async function createSession(imageId, contextIds, paths) {
    const persistenceDataList = paths.map((path, index) => ({
        contextId: contextIds[index % contextIds.length],
        path,
        policy: "{}",
    }));
    const { data } = await send("POST", "/mcp/createSession", { imageId }, { persistenceDataList });
    return data.sessionId;
}

/** Waits for the syncs that the previous call has started. */
export async function untilSynced(sessionId) {
    await sleep(Math.max(0, SYNC_MS - LATENCY_MS + MARGIN_MS));
    for (;;) {
        const { data } = await send("GET", "/sdk/GetContextInfo", { sessionId });
        const tasks = JSON.parse(data.contextStatus || "[]").flatMap((item) => JSON.parse(item.data));
        if (tasks.length > 0 && tasks.every(({ status }) => status === "Success")) return;
        await sleep(MARGIN_MS);
    }
}

/** Waits until a session that is being released no longer exists. */
export async function untilGone(sessionId) {
    const isGone = async () => !(await send("POST", "/mcp/getSessionInfo", {}, { sessionId })).success;
    if (await isGone()) return;
    // A release takes as long as its syncs.
    await sleep(Math.max(0, SYNC_MS - 2 * LATENCY_MS));
    while (!(await isGone())) await sleep(MARGIN_MS);
}

export const callTool = (sessionId, name, args) =>
    send("POST", "/mcp", { autoGenSession: "false" }, { sessionId, name, args: JSON.stringify(args) });
