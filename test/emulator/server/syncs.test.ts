/** Syncs of mounts. */
import { describe, expect, it } from "vitest";
import { startServer } from "./client";
import { MOUNT } from "./mountedFiles";

describe("a sync", () => {
    it("is listed as pending before createSession and SyncContext respond, and ends with both times", async () => {
        const agb = await startServer({ syncTimeMs: 60_000 });
        const contextId = await agb.createContext("data");
        const sessionId = await agb.createSession([{ contextId, path: MOUNT }]);
        expect(await agb.tasks(sessionId)).toMatchObject([
            { contextId, path: MOUNT, taskType: "download", status: "Pending", finishTime: 0, errorMessage: "" },
        ]);
        await agb.local.whenIdle();
        const [download] = await agb.tasks(sessionId);
        expect(download).toMatchObject({ status: "Success", errorMessage: "" });
        expect(download?.startTime).toBeGreaterThan(1.7e9);
        expect(download?.startTime).toBeLessThan(1e11);
        expect(download?.finishTime).toBeGreaterThanOrEqual(download?.startTime ?? Infinity);
        await agb.data("POST", "/sdk/SyncContext", { query: { sessionId } });
        expect(await agb.tasks(sessionId, { taskType: "upload" })).toMatchObject([
            { status: "Pending", finishTime: 0 },
        ]);
        await agb.local.whenIdle();
        expect(await agb.tasks(sessionId, { taskType: "upload" })).toMatchObject([{ status: "Success" }]);
    });

    it("replaces an earlier task of the same context, path and type, even a failed one", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        agb.local.faults.push({ call: "SyncContext", kind: "fail", probability: 1, count: 1 });
        const failed = (await agb.sync(sessionId)).filter(({ taskType }) => taskType === "upload");
        expect(failed).toMatchObject([{ status: "Failed", errorMessage: expect.stringContaining(MOUNT) as string }]);
        const after = await agb.sync(sessionId);
        expect(after.map(({ taskType, status, errorMessage }) => [taskType, status, errorMessage])).toEqual([
            ["download", "Success", ""],
            ["upload", "Success", ""],
        ]);
    });

    it("is found by exact context, path and type", async () => {
        const agb = await startServer();
        const [a, b] = [await agb.createContext("a"), await agb.createContext("b")];
        const sessionId = await agb.readySession([
            { contextId: a, path: "/home/a" },
            { contextId: b, path: "/tmp/b/" },
        ]);
        await agb.sync(sessionId, { contextId: a, path: "/home/a", mode: "upload" });
        const found = async (query: Record<string, string>) =>
            (await agb.tasks(sessionId, query)).map(({ path, taskType }) => `${path} ${taskType}`).sort();
        expect(await found({})).toEqual(["/home/a download", "/home/a upload", "/tmp/b/ download"]);
        expect(await found({ contextId: a })).toEqual(["/home/a download", "/home/a upload"]);
        expect(await found({ path: "/tmp/b/" })).toEqual(["/tmp/b/ download"]);
        expect(await found({ path: "/tmp/b" })).toEqual([]);
        expect(await found({ contextId: a, path: "/home/a", taskType: "upload" })).toEqual(["/home/a upload"]);
        expect(await agb.data("GET", "/sdk/GetContextInfo", { query: { sessionId, contextId: "none" } })).toEqual({
            contextStatus: "",
        });
    });

    it("is rejected for anything not mounted, or with only one of contextId and path", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        const sync = (query: Record<string, string>) =>
            agb.call("POST", "/sdk/SyncContext", { query: { sessionId, ...query } });
        expect(await sync({ contextId, path: "/home/other" })).toMatchObject({
            success: false,
            http: 400,
            message: expect.stringContaining("not mounted") as string,
        });
        expect(await sync({ contextId: "SdkCtx-none", path: MOUNT })).toMatchObject({ success: false, http: 400 });
        expect(await sync({ contextId })).toMatchObject({ success: false, http: 400 });
        expect(await sync({ mode: "sideways" })).toMatchObject({ success: false, http: 400 });
        expect(await agb.call("POST", "/sdk/SyncContext", { query: { sessionId: "none" } })).toMatchObject({
            success: false,
            http: 400,
            code: "InvalidMcpSession.NotFound",
        });
        expect(await agb.tasks(sessionId)).toHaveLength(1);
    });

    it("of a folder below a mount syncs only that folder and reports its path", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        for (const file of ["top", "sub/in", "subway/out"]) {
            await agb.write(sessionId, `${MOUNT}/${file}`, file).catch(async () => {
                await agb.tool(sessionId, "create_directory", { path: `${MOUNT}/${file.split("/")[0] ?? ""}` });
                await agb.write(sessionId, `${MOUNT}/${file}`, file);
            });
        }
        const tasks = await agb.sync(sessionId, { contextId, path: `${MOUNT}/sub` });
        expect(tasks.at(-1)).toMatchObject({ path: `${MOUNT}/sub`, taskType: "upload", status: "Success" });
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/sub/in`]);
    });

    it("uploads by default, and downloads new files of the context on request", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.write(sessionId, `${MOUNT}/mine`, "mine");
        await agb.sync(sessionId);
        expect(await agb.get(contextId, `${MOUNT}/mine`)).toBe("mine");
        await agb.put(contextId, `${MOUNT}/seed`, "seed");
        expect(await agb.read(sessionId, `${MOUNT}/seed`)).toBeUndefined();
        await agb.sync(sessionId, { mode: "download" });
        expect(await agb.read(sessionId, `${MOUNT}/seed`)).toBe("seed");
        expect(await agb.read(sessionId, `${MOUNT}/mine`)).toBe("mine");
    });

    it("copies a file that changed but kept its size, and skips an unchanged one", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.write(sessionId, `${MOUNT}/changed`, "1111");
        await agb.write(sessionId, `${MOUNT}/same`, "0000");
        await agb.sync(sessionId);
        const modified = async () =>
            Object.fromEntries(
                (
                    await agb.data<{ fileName: string; gmtModified: string }[]>("POST", "/sdk/DescribeContextFiles", {
                        query: { contextId, parentFolderPath: MOUNT },
                    })
                ).map(({ fileName, gmtModified }) => [fileName, gmtModified]),
            );
        const before = await modified();
        await agb.local.clock.advance(10_000);
        await agb.write(sessionId, `${MOUNT}/changed`, "2222");
        await agb.sync(sessionId);
        expect(await agb.get(contextId, `${MOUNT}/changed`)).toBe("2222");
        const after = await modified();
        expect(after.same).toBe(before.same);
        expect(Date.parse(after.changed ?? "")).toBeGreaterThanOrEqual(Date.parse(before.changed ?? "") + 10_000);
    });

    it("stores data by path: mounted at another path, the context appears empty", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const first = await agb.readySession([{ contextId, path: "/home/a" }]);
        await agb.write(first, "/home/a/f", "f");
        await agb.release(first);
        const elsewhere = await agb.readySession([{ contextId, path: "/home/b" }]);
        expect(await agb.read(elsewhere, "/home/b/f")).toBeUndefined();
        await agb.release(elsewhere);
        const again = await agb.readySession([{ contextId, path: "/home/a" }]);
        expect(await agb.read(again, "/home/a/f")).toBe("f");
    });

    it("runs after earlier tasks of the same mount, and concurrently with other mounts", async () => {
        const agb = await startServer({ syncTimeMs: 1000 });
        const [a, b] = [await agb.createContext("a"), await agb.createContext("b")];
        const sessionId = await agb.createSession([
            { contextId: a, path: "/home/a" },
            { contextId: b, path: "/home/b" },
        ]);
        await agb.data("POST", "/sdk/SyncContext", { query: { sessionId, contextId: a, path: "/home/a" } });
        await expect
            .poll(
                async () =>
                    (await agb.tasks(sessionId, { taskType: "download" })).every(({ status }) => status === "Success"),
                { interval: 10 },
            )
            .toBe(true);
        expect(await agb.tasks(sessionId, { taskType: "upload" })).toMatchObject([{ status: "Pending" }]);
        await expect
            .poll(async () => (await agb.tasks(sessionId, { taskType: "upload" }))[0]?.status, { interval: 10 })
            .toBe("Success");
    });

    it("reports why it failed", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.data("POST", "/sdk/DeleteContext", { query: { id: contextId } });
        const upload = (await agb.sync(sessionId)).find(({ taskType }) => taskType === "upload");
        expect(upload).toMatchObject({
            status: "Failed",
            errorMessage: `upload of ${MOUNT}: context ${contextId} not found`,
        });
        expect(upload?.finishTime).toBeGreaterThan(0);
    });

    it("does not treat a missing mount folder as an empty one", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/f`, "f");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.tool(sessionId, "move_file", { source: MOUNT, destination: "/home/moved" });
        const upload = (await agb.sync(sessionId)).find(({ taskType }) => taskType === "upload");
        expect(upload).toMatchObject({
            status: "Failed",
            errorMessage: expect.stringContaining("no longer exists") as string,
        });
        expect(await agb.get(contextId, `${MOUNT}/f`)).toBe("f");
    });
});
