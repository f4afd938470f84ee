/** Assumptions about sessions, their labels and their end. */
import { expect } from "vitest";
import type { Assumption } from "./assumption";
import type { World } from "./world";

const MISSING = "session-doesnotexist";
const IMAGE = "agb-code-space-1";
const failure = { success: false, http: expect.toSatisfy((http: number) => http < 500) as number };

const found = async ({ agb }: World, labels: Record<string, string>): Promise<string[]> =>
    (
        await agb.data<{ sessionId: string }[]>("GET", "/sdk/ListSession", {
            query: { labels: JSON.stringify(labels), maxResults: 50 },
        })
    ).map(({ sessionId }) => sessionId);

export const sessionAssumptions: Assumption[] = [
    {
        id: "session-labels-found",
        sentence: "ListSession finds a session by all its labels at once after createSession, and only by exact values",
        async check(world) {
            const run = world.contextName();
            const sessionId = await world.session([], { labels: { run, kind: "a" } });
            expect(await found(world, { run, kind: "a" })).toEqual([sessionId]);
            expect(await found(world, { run })).toEqual([sessionId]);
            expect(await found(world, { run, kind: "b" })).toEqual([]);
            expect(await found(world, { run: run.slice(0, -1) })).toEqual([]);
        },
    },
    {
        id: "session-labels-replaced",
        sentence: "SetLabel replaces all labels of a session, at once for GetLabel and ListSession",
        async check(world) {
            const [before, after] = [world.contextName(), world.contextName()];
            const sessionId = await world.session([], { labels: { before } });
            const kept = JSON.parse(
                (await world.agb.data<{ labels: string }>("GET", "/sdk/GetLabel", { query: { sessionId } })).labels,
            ) as Record<string, string>;
            const { before: _, ...rest } = kept;
            await world.agb.data("POST", "/sdk/SetLabel", {
                query: { sessionId, Labels: JSON.stringify({ ...rest, after }) },
            });
            expect(await found(world, { after })).toEqual([sessionId]);
            expect(await found(world, { before })).toEqual([]);
        },
    },
    {
        id: "session-labels-long",
        sentence: "labels of 4 KB can be set, changed and searched",
        async check(world) {
            const text = `${world.contextName()}${"x".repeat(4000)}`;
            const sessionId = await world.session([], { labels: { text } });
            expect(await found(world, { text })).toEqual([sessionId]);
        },
    },
    {
        id: "session-not-found",
        sentence: "an unknown session has the code InvalidMcpSession.NotFound in getSessionInfo and getSession",
        async check({ agb }) {
            for (const path of ["/mcp/getSessionInfo", "/mcp/getSession"]) {
                expect(await agb.call("POST", path, { body: { sessionId: MISSING } })).toMatchObject({
                    ...failure,
                    code: "InvalidMcpSession.NotFound",
                });
            }
        },
    },
    {
        id: "session-not-found-elsewhere",
        sentence: "syncs, task lists, labels and tool calls of an unknown session fail with a message",
        async check({ agb }) {
            const query = { sessionId: MISSING };
            const message = expect.stringMatching(/./) as string;
            expect(await agb.call("POST", "/sdk/SyncContext", { query })).toMatchObject({ ...failure, message });
            expect(await agb.call("GET", "/sdk/GetContextInfo", { query })).toMatchObject({ ...failure, message });
            expect(await agb.call("GET", "/sdk/GetLabel", { query })).toMatchObject({ ...failure, message });
            const tool = { sessionId: MISSING, name: "shell", args: JSON.stringify({ command: "true" }) };
            expect(await agb.call("POST", "/mcp", { body: tool })).toMatchObject({ success: false, message });
        },
    },
    {
        id: "session-image",
        sentence: "createSession and listTools refuse an unknown image",
        async check({ agb }) {
            const query = { imageId: "agb-image-doesnotexist" };
            const reply = await agb.call("POST", "/mcp/createSession", { query, body: {} });
            expect(reply.success && (reply.data as { success?: boolean }).success).toBe(false);
            expect((await agb.call("POST", "/mcp/listTools", { query })).success).toBe(false);
        },
    },
    {
        id: "session-access-data",
        sentence: "createSession answers with the access data that getSession returns, of a session that is running",
        async check({ agb }) {
            const query = { imageId: IMAGE };
            const created = await agb.data<Record<string, unknown>>("POST", "/mcp/createSession", { query, body: {} });
            const body = { sessionId: created.sessionId };
            const found = await agb.data<Record<string, unknown>>("POST", "/mcp/getSession", { body });
            await agb.data("POST", "/mcp/releaseSessionAsync", { body });
            for (const key of ["resourceUrl", "linkUrl", "wsUrl", "token"]) {
                expect(created[key] ?? "", key).toBe(found[key] ?? "");
            }
            expect(String(found.status).toUpperCase()).toBe("RUNNING");
        },
    },
    {
        id: "session-mount-refused",
        sentence: "createSession refuses an unknown context, and a path outside /home and /tmp",
        async check(world) {
            const contextId = await world.context();
            for (const mount of [
                { contextId: "SdkCtx-doesnotexist", path: "/home/w" },
                { contextId, path: "/opt/w" },
            ]) {
                await expect(world.session([mount]), JSON.stringify(mount)).rejects.toThrow();
            }
        },
    },
    {
        id: "session-pages",
        sentence: "ListSession pages with a token next to data, and counts all matches",
        async check(world) {
            const run = world.contextName();
            const ids = [await world.session([], { labels: { run } }), await world.session([], { labels: { run } })];
            const query = { labels: JSON.stringify({ run }), maxResults: 1 };
            const first = await world.agb.call("GET", "/sdk/ListSession", { query });
            const second = await world.agb.call("GET", "/sdk/ListSession", {
                query: { ...query, nextToken: first.nextToken ?? "" },
            });
            expect(JSON.stringify([first.data, second.data])).toMatch(new RegExp(`${ids[1]}.*${ids[0]}`));
            expect([first.count, second.count]).toEqual([2, 2]);
            expect(second.nextToken ?? "").toBe("");
        },
    },
    {
        id: "session-date",
        sentence: "responses have the service's time in the header Date",
        async check({ agb }) {
            const query = { imageId: IMAGE };
            const { headers } = await agb.call("POST", "/mcp/listTools", { query });
            expect(Date.parse(String(headers.date))).not.toBeNaN();
        },
    },
    {
        id: "session-released",
        sentence: "a released session is not listed, refuses calls, and ends as not found or FINISH",
        async check(world) {
            const run = world.contextName();
            const sessionId = await world.session([], { labels: { run } });
            await world.release(sessionId);
            expect(await found(world, { run })).toEqual([]);
            expect(await world.agb.call("POST", "/mcp/getSession", { body: { sessionId } })).toMatchObject(failure);
        },
    },
    {
        id: "idle-reads",
        sentence: "reads and waits do not reset the idle timeout: a session of 60 s ends within 120 s despite them",
        minutes: 3,
        async check(world) {
            const sessionId = await world.session([], { timeout: 60 });
            const read = async (): Promise<void> => {
                await world.agb.status(sessionId);
                await world.agb.call("POST", "/mcp/getSession", { body: { sessionId } });
                await world.agb.call("GET", "/sdk/GetContextInfo", { query: { sessionId } });
                await world.agb.call("GET", "/sdk/GetLabel", { query: { sessionId } });
            };
            await world.pass(45, read);
            expect(await world.isGone(sessionId)).toBe(false);
            await world.pass(75, read);
            await world.gone(sessionId);
        },
    },
    ...(["refreshSessionIdleTime", "a sync", "a tool call"] as const).map((use): Assumption => ({
        id: `idle-${use.replace(/^a /, "").replace(" ", "-")}`,
        sentence: `${use} resets the idle timeout`,
        minutes: 2,
        async check(world) {
            const contextId = await world.context();
            const sessionId = await world.ready([{ contextId, path: "/home/w" }], { timeout: 60 });
            const keepAlive = {
                refreshSessionIdleTime: () =>
                    world.agb.data("POST", "/mcp/refreshSessionIdleTime", { query: { sessionId } }),
                "a sync": () => world.sync(sessionId, { mode: "download" }),
                "a tool call": () => world.agb.tool(sessionId, "shell", { command: "true", timeout_ms: 10_000 }),
            }[use];
            await world.pass(120, keepAlive);
            expect(await world.isGone(sessionId)).toBe(false);
        },
    })),
    {
        id: "session-lifetime",
        sentence: "a session ends 30 minutes after its creation, however much it is used",
        minutes: 32,
        async check(world) {
            const sessionId = await world.session([], { timeout: 600 });
            const refresh = () => world.agb.call("POST", "/mcp/refreshSessionIdleTime", { query: { sessionId } });
            await world.pass(29 * 60, refresh);
            expect(await world.isGone(sessionId)).toBe(false);
            await world.pass(2 * 60, refresh);
            await world.gone(sessionId);
        },
    },
];
