/** The API's calls for sessions, and their lifetimes. */
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startServer, type TestClient } from "./client";

const MINUTE = 60_000;
const isGone = async (agb: TestClient, sessionId: string) =>
    (await agb.status(sessionId)).code === "InvalidMcpSession.NotFound";

describe("sessions", () => {
    it("are described identically by createSession and getSession", async () => {
        const agb = await startServer();
        const made = await agb.data<Record<string, unknown>>("POST", "/mcp/createSession", {
            query: { imageId: "agb-code-space-2" },
            body: {},
        });
        expect(made).toMatchObject({
            success: true,
            resourceUrl: expect.stringContaining("resourceId=") as string,
            linkUrl: "",
            token: "",
        });
        const { sessionId, appInstanceId, resourceId, resourceUrl } = made;
        expect(appInstanceId).toBeTruthy();
        expect(await agb.data("POST", "/mcp/getSession", { body: { sessionId } })).toMatchObject({
            sessionId,
            appInstanceId,
            resourceId,
            resourceUrl,
            status: "RUNNING",
        });
        expect(await agb.data("POST", "/mcp/getMcpResource", { body: { sessionId } })).toMatchObject({ sessionId });
        const link = await agb.data<{ url: string }>("GET", "/internet/getLink", {
            query: { sessionId: String(sessionId), protocolType: "https", port: "8080" },
        });
        expect(link.url).toMatch(/^http/);
        const tools = JSON.parse(
            await agb.data<string>("POST", "/mcp/listTools", { query: { imageId: "agb-code-space-1" } }),
        ) as { name: string }[];
        expect(tools.map(({ name }) => name)).toEqual(
            expect.arrayContaining(["shell", "run_code", "read_file", "write_file"]),
        );
    });

    it("are rejected with a message for an invalid image, context, path or label", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const create = (imageId: string, body: unknown) =>
            agb.call("POST", "/mcp/createSession", { query: { imageId }, body });
        const mounts = (...list: unknown[]) => ({ persistenceDataList: list });
        const refused = [
            [await create("agb-none", {}), "image agb-none not found"],
            [
                await create("agb-code-space-1", mounts({ contextId: "SdkCtx-none", path: "/home/a", policy: "{}" })),
                "context SdkCtx-none not found",
            ],
            [
                await create("agb-code-space-1", mounts({ contextId, path: "/opt/a", policy: "{}" })),
                "permission denied",
            ],
            [await create("agb-code-space-1", mounts({ contextId, path: "home/a", policy: "{}" })), "not absolute"],
            [await create("agb-code-space-1", mounts({ contextId, path: "/home/../etc", policy: "{}" })), '".."'],
            [await create("agb-code-space-1", mounts({ contextId, path: "/home/a", policy: "{" })), "not JSON"],
            [
                await create(
                    "agb-code-space-1",
                    mounts({ contextId, path: "/home/a", policy: '{"recyclePolicy":{"lifecycle":"Lifecycle_2Days"}}' }),
                ),
                "lifecycle",
            ],
            [
                await create(
                    "agb-code-space-1",
                    mounts({ contextId, path: "/home/a", policy: "{}" }, { contextId, path: "/home/a/", policy: "{}" }),
                ),
                "only one context",
            ],
            [await create("agb-code-space-1", { labels: '{"a":""}' }), "empty"],
            [await create("agb-code-space-1", { timeout: -1 }), "timeout"],
        ] as const;
        for (const [reply, words] of refused) {
            expect(reply).toMatchObject({
                success: false,
                http: 400,
                httpStatusCode: 400,
                requestId: expect.stringMatching(/./) as string,
            });
            expect(reply.message).toContain(words);
        }
        expect(await agb.call("GET", "/sdk/ListSession")).toMatchObject({ data: [], count: 0 });
    });

    it("accept an empty body, which one of the SDKs sends", async () => {
        const agb = await startServer();
        const { statusCode, body } = await agb.raw(`${agb.endpoint}/mcp/createSession?imageId=agb-code-space-1`, {
            method: "POST",
            headers: { authorization: `Bearer ${agb.apiKey}`, "content-type": "application/json" },
        });
        expect(statusCode).toBe(200);
        expect(await body.json()).toMatchObject({ success: true, data: { success: true } });
    });

    it("answer calls that the local AGB does not support with a reason", async () => {
        const agb = await startServer();
        const sessionId = await agb.createSession();
        for (const path of ["/browser/init", "/internet/getCdpLink"]) {
            expect(await agb.call("POST", path, { query: { sessionId } })).toMatchObject({
                http: 400,
                httpStatusCode: 400,
                success: false,
                code: "UnsupportedOperation",
                message: "sessions of the local AGB have no browser; use the AGB service for it",
                requestId: expect.stringMatching(/./) as string,
            });
        }
        expect(await agb.call("POST", "/browser/init", { key: "wrong" })).toMatchObject({ http: 401 });
    });

    it("can mount a context by name", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("by name");
        const sessionId = await agb.createSession([{ contextId: "by name", path: "/home/a" }]);
        expect(await agb.tasks(sessionId)).toMatchObject([{ contextId, path: "/home/a" }]);
    });

    it("are found by labels in pages while they run", async () => {
        const agb = await startServer();
        const ids: string[] = [];
        for (let index = 0; index < 12; index++) {
            ids.push(await agb.createSession([], { labels: { team: "a b", kind: index % 2 ? "odd" : "even" } }));
        }
        const list = (labels: Record<string, string>, more: Record<string, string | number> = {}) =>
            agb.call("GET", "/sdk/ListSession", { query: { labels: JSON.stringify(labels), ...more } });
        expect(await list({})).toMatchObject({ count: 12, maxResults: 10 });
        expect(await list({ team: "a b", kind: "none" })).toMatchObject({ success: true, data: [], count: 0 });
        const first = await list({ team: "a b", kind: "odd" }, { maxResults: 4 });
        const second = await list({ team: "a b", kind: "odd" }, { maxResults: 4, nextToken: first.nextToken ?? "" });
        const found = [
            ...(first.data as { sessionId: string; sessionStatus: string }[]),
            ...(second.data as { sessionId: string; sessionStatus: string }[]),
        ];
        expect(found.map(({ sessionId }) => sessionId)).toEqual(ids.filter((_, index) => index % 2).toReversed());
        expect(found.every(({ sessionStatus }) => sessionStatus === "RUNNING")).toBe(true);
        expect(second.nextToken).toBe("");
        await agb.release(ids[1] ?? "");
        expect((await list({ kind: "odd" })).count).toBe(5);
    });

    it("have all their labels replaced", async () => {
        const agb = await startServer();
        const sessionId = await agb.createSession([], { labels: { a: "1", b: "2" } });
        expect(await agb.data("GET", "/sdk/GetLabel", { query: { sessionId } })).toEqual({
            labels: '{"a":"1","b":"2"}',
        });
        await agb.data("POST", "/sdk/SetLabel", { query: { sessionId, Labels: '{"c": "3"}' } });
        expect(await agb.data("GET", "/sdk/GetLabel", { query: { sessionId } })).toEqual({ labels: '{"c":"3"}' });
        expect(await agb.call("POST", "/sdk/SetLabel", { query: { sessionId, Labels: '{"c": ""}' } })).toMatchObject({
            success: false,
        });
    });

    it("are DELETING after a release, and finally not found", async () => {
        const agb = await startServer({ syncTimeMs: 60_000 });
        const contextId = await agb.createContext("data");
        const sessionId = await agb.createSession([{ contextId, path: "/home/a" }]);
        await agb.write(sessionId, "/home/a/f", "f");
        await agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
        expect(await agb.data("POST", "/mcp/getSessionInfo", { body: { sessionId } })).toEqual({ status: "DELETING" });
        expect(await agb.call("POST", "/mcp/getSession", { body: { sessionId } })).toMatchObject({
            success: false,
            http: 400,
            code: "InvalidMcpSession.NotFound",
        });
        expect(await agb.call("POST", "/mcp", { body: { sessionId, name: "read_file", args: "{}" } })).toMatchObject({
            success: false,
            code: "InvalidSession.NotFound",
        });
        expect(await agb.call("GET", "/sdk/ListSession")).toMatchObject({ data: [] });
        await agb.local.whenIdle();
        const gone = await agb.status(sessionId);
        expect(gone).toMatchObject({ http: 400, httpStatusCode: 400 });
        expect(gone.message).toContain("not found");
        expect(await agb.call("POST", "/mcp/releaseSessionAsync", { body: { sessionId } })).toMatchObject({
            requestId: expect.stringMatching(/./) as string,
        });
        expect(await agb.get(contextId, "/home/a/f")).toBe("f");
    });

    it("are released when idle; refreshes, tools and syncs count as use, reads do not", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const make = () => agb.readySession([{ contextId, path: "/home/a" }], { timeout: 60 });
        const [idle, refreshed, worked, synced] = [await make(), await make(), await make(), await make()];
        await agb.local.clock.advance(45_000);
        for (const sessionId of [idle, refreshed, worked, synced]) {
            await agb.status(sessionId);
            await agb.data("POST", "/mcp/getSession", { body: { sessionId } });
            await agb.tasks(sessionId);
            await agb.call("GET", "/sdk/GetLabel", { query: { sessionId } });
        }
        await agb.call("GET", "/sdk/ListSession");
        await agb.data("POST", "/mcp/refreshSessionIdleTime", { query: { sessionId: refreshed } });
        await agb.tool(worked, "list_directory", { path: "/home" });
        await agb.sync(synced);
        expect(await isGone(agb, idle)).toBe(false);
        await agb.local.clock.advance(16_000);
        await agb.local.whenIdle();
        expect(await isGone(agb, idle)).toBe(true);
        for (const sessionId of [refreshed, worked, synced]) expect(await isGone(agb, sessionId)).toBe(false);
        await agb.local.clock.advance(61_000);
        await agb.local.whenIdle();
        for (const sessionId of [refreshed, worked, synced]) expect(await isGone(agb, sessionId)).toBe(true);
    });

    it("are idle after 300 seconds by default, and upload before they end", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: "/home/a" }]);
        await agb.write(sessionId, "/home/a/f", "kept");
        await agb.local.clock.advance(299_000);
        expect(await isGone(agb, sessionId)).toBe(false);
        await agb.local.clock.advance(2_000);
        await agb.local.whenIdle();
        expect(await isGone(agb, sessionId)).toBe(true);
        expect(await agb.get(contextId, "/home/a/f")).toBe("kept");
    });

    it("end after 30 minutes, even if busy", async () => {
        const agb = await startServer();
        const sessionId = await agb.createSession([], { timeout: 3600 });
        for (let minutes = 0; minutes < 29; minutes++) {
            await agb.local.clock.advance(MINUTE);
            await agb.data("POST", "/mcp/refreshSessionIdleTime", { query: { sessionId } });
        }
        expect(await isGone(agb, sessionId)).toBe(false);
        await agb.local.clock.advance(2 * MINUTE);
        await agb.local.whenIdle();
        expect(await isGone(agb, sessionId)).toBe(true);
    });

    it("are released as real time passes", async () => {
        const agb = await startServer({ idleTimeoutSeconds: 1 });
        const sessionId = await agb.createSession();
        await expect.poll(() => isGone(agb, sessionId), { interval: 100 }).toBe(true);
    });

    it("are removed whatever their folders look like", async () => {
        const agb = await startServer();
        const sessionId = await agb.createSession();
        const home = join(agb.local.dataFolder, "sessions", sessionId, "root/home");
        await mkdir(join(home, "locked/inner"), { recursive: true });
        await writeFile(join(home, "locked/inner/file"), "");
        await symlink(agb.local.dataFolder, join(home, "link"));
        await chmod(join(home, "locked"), 0o500);
        // Step by step: the system takes no path of this length.
        execFileSync(
            process.execPath,
            [
                "-e",
                "for (let depth = 0; depth < 30; depth++) { fs.mkdirSync('d'.repeat(200)); process.chdir('d'.repeat(200)); } fs.writeFileSync('file', '')",
            ],
            { cwd: home },
        );
        await agb.release(sessionId);
        expect(await isGone(agb, sessionId)).toBe(true);
        expect(await readdir(join(agb.local.dataFolder, "sessions"))).toEqual([]);
        expect(await readdir(agb.local.dataFolder)).toContain("state.jsonl");
    });

    it("cannot see each other's files", async () => {
        const agb = await startServer();
        const [one, other] = [await agb.createSession(), await agb.createSession()];
        await agb.write(one, "/tmp/secret", "mine");
        expect(await agb.read(other, "/tmp/secret")).toBeUndefined();
        expect(await agb.read(one, "/tmp/secret")).toBe("mine");
    });
});
