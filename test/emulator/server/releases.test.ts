/** The uploads of a release, and file transfer. */
import { describe, expect, it } from "vitest";
import { startServer, type TestClient } from "./client";
import { ARCHIVE, MOUNT } from "./mountedFiles";

describe("a release", () => {
    it("never uploads a mount whose first download failed", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/precious`, "data");
        agb.local.faults.push({ call: "createSession", kind: "fail", probability: 1, count: 1 });
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        expect(await agb.tasks(sessionId)).toMatchObject([{ taskType: "download", status: "Failed" }]);
        await agb.release(sessionId);
        expect(await agb.get(contextId, `${MOUNT}/precious`)).toBe("data");
    });

    it("uploads once a repeated download has succeeded", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        agb.local.faults.push({ call: "createSession", kind: "fail", probability: 1, count: 1 });
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.sync(sessionId, { mode: "download" });
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        await agb.release(sessionId);
        expect(await agb.get(contextId, `${MOUNT}/new`)).toBe("new");
    });

    describe.each([
        ["file", {}],
        ["archive", ARCHIVE],
    ])("in %s mode", (_mode, policy) => {
        const modified = async (agb: TestClient, contextId: string) =>
            (
                await agb.data<{ gmtModified: string }[]>("POST", "/sdk/DescribeContextFiles", {
                    query: { contextId, parentFolderPath: MOUNT },
                })
            ).map(({ gmtModified }) => gmtModified);
        const startRelease = (agb: TestClient, sessionId: string) =>
            agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });

        it("uploads nothing and does not take the sync time if nothing has changed", async () => {
            // No test waits for this long.
            const agb = await startServer({ syncTimeMs: 10 * 60_000 });
            const contextId = await agb.createContext("data");
            const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            await agb.write(sessionId, `${MOUNT}/f`, "f");
            await agb.sync(sessionId);
            const before = await modified(agb, contextId);
            await agb.local.clock.advance(5000);
            await startRelease(agb, sessionId);
            await expect.poll(async () => (await agb.status(sessionId)).code).toBe("InvalidMcpSession.NotFound");
            expect(await modified(agb, contextId)).toEqual(before);
        });

        it("takes the sync time if a file has changed, if only in its content", async () => {
            const agb = await startServer({ syncTimeMs: 10 * 60_000 });
            const contextId = await agb.createContext("data");
            const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            await agb.write(sessionId, `${MOUNT}/f`, "f");
            await agb.sync(sessionId);
            const before = await modified(agb, contextId);
            await agb.local.clock.advance(5000);
            await agb.write(sessionId, `${MOUNT}/f`, "F");
            await startRelease(agb, sessionId);
            await expect.poll(() => modified(agb, contextId)).not.toEqual(before);
            expect(await agb.status(sessionId)).toMatchObject({ data: { status: "DELETING" } });
        });
    });

    it("neither fails nor recreates the context if that is deleted at the same time", async () => {
        const agb = await startServer({ syncTimeMs: 50 });
        const contextId = await agb.createContext("data");
        const sessionId = await agb.createSession([{ contextId, path: MOUNT }]);
        await agb.write(sessionId, `${MOUNT}/f`, "f");
        await agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
        await agb.data("POST", "/sdk/DeleteContext", { query: { id: contextId } });
        await agb.local.whenIdle();
        expect(await agb.status(sessionId)).toMatchObject({ code: "InvalidMcpSession.NotFound" });
        expect(await agb.call("GET", "/sdk/GetContext", { query: { id: contextId } })).toMatchObject({
            success: false,
        });
        expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ data: [] });
    });
});

describe("file transfer", () => {
    it("transfers files to and from any writable folder through a hidden context", async () => {
        const agb = await startServer();
        const sessionId = await agb.createSession();
        const load = () =>
            agb.data<{ contextId: string; contextType: string; contextPath: string }[]>(
                "POST",
                "/sdk/GetAndLoadInternalContext",
                { query: { sessionId, contextTypes: '["file_transfer"]' } },
            );
        const [transfer] = await load();
        expect(transfer).toMatchObject({
            contextType: "file_transfer",
            contextPath: expect.stringMatching(/^\/(home|tmp)\//) as string,
        });
        expect(await load()).toEqual([transfer]);
        expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ data: [], count: 0 });
        const contextId = transfer?.contextId ?? "";

        await agb.write(sessionId, "/tmp/own", "own");
        await agb.put(contextId, "/tmp/sent", "sent");
        expect((await agb.sync(sessionId, { contextId, path: "/tmp", mode: "download" })).at(-1)).toMatchObject({
            path: "/tmp",
            taskType: "download",
            status: "Success",
        });
        await agb.data("POST", "/sdk/DeleteContextFile", { query: { contextId, filePath: "/tmp/sent" } });
        expect(await agb.read(sessionId, "/tmp/sent")).toBe("sent");

        expect((await agb.sync(sessionId, { contextId, path: "/tmp", mode: "upload" })).at(-1)).toMatchObject({
            path: "/tmp",
            taskType: "upload",
            status: "Success",
        });
        expect(await agb.get(contextId, "/tmp/own")).toBe("own");
        expect(
            await agb.call("POST", "/sdk/SyncContext", {
                query: { sessionId, contextId, path: "/etc", mode: "upload" },
            }),
        ).toMatchObject({ success: false, http: 400 });
        await agb.release(sessionId);
        expect(await agb.call("POST", "/sdk/DescribeContextFiles", { query: { contextId } })).toMatchObject({
            success: false,
        });
    });
});
