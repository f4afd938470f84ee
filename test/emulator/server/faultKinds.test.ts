/** Each kind of injected fault. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS, parseFault } from "../../../emulator/index";
import { startServer, type Reply, type TestClient } from "./client";
import { MOUNT } from "./mountedFiles";

const faulty = (...faults: string[]): Promise<TestClient> => startServer({ faults: faults.map(parseFault) });
const create = (agb: TestClient, name = "data"): Promise<Reply> =>
    agb.call("GET", "/sdk/GetContext", { query: { name, allowCreate: "true" } });
const exists = async (agb: TestClient): Promise<boolean> =>
    (await agb.call("GET", "/sdk/GetContext", { query: { name: "data" } })).success;

describe("a fault's value", () => {
    it("may contain colons and separators", () => {
        const date = "Wed, 21 Oct 2026 07:28:00 GMT";
        expect(parseFault(`GetContext:429=${date}:1:2`)).toEqual({
            call: "GetContext",
            kind: `429=${date}`,
            probability: 1,
            count: 2,
        });
        expect(parseFault("GetContext:429=-5:0.5").kind).toBe("429=-5");
        expect(() => parseFault("GetContext:429:1:1:1")).toThrow(/CALL:KIND:PROBABILITY/);
    });
});

describe("faults without effect", () => {
    it.each([
        ["403", { http: 403, code: "Quota.Exceeded", message: expect.stringContaining("quota") as string }],
        ["403=Sessions.Exceeded", { http: 403, code: "Sessions.Exceeded" }],
        ["429=86400", { http: 429, headers: { "retry-after": "86400" } }],
        ["429=later", { http: 429, headers: { "retry-after": "later" } }],
        ["429=Wed, 21 Oct 2026 07:28:00 GMT", { headers: { "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" } }],
        ["redirect", { http: 302, success: true, headers: { location: "/moved" } }],
    ])("%s", async (kind, expected) => {
        const agb = await faulty(`GetContext:${kind}:1:1`);
        expect(await create(agb)).toMatchObject(expected);
        expect(await exists(agb)).toBe(false);
    });

    it("429= sends no Retry-After", async () => {
        expect((await create(await faulty("GetContext:429=:1"))).headers["retry-after"]).toBeUndefined();
    });
});

describe("faults with effect", () => {
    it.each([
        ["after", { http: 500, code: "InternalError", success: false }],
        ["503after", { http: 503, code: "ServiceUnavailable", success: false }],
        ["types", { http: 200, success: true, data: { id: expect.any(Number) as number, name: 4 } }],
        ["trickle=1", { http: 200, success: true, data: { name: "data" } }],
    ])("%s", async (kind, expected) => {
        const agb = await faulty(`GetContext:${kind}:1:1`);
        expect(await create(agb)).toMatchObject(expected);
        expect(await exists(agb)).toBe(true);
    });

    it.each(["reset-after", "hang-after", "truncated"])("%s", async (kind) => {
        const agb = await faulty(`GetContext:${kind}:1:1`);
        const asked = agb.raw(`${agb.endpoint}/sdk/GetContext?name=data&allowCreate=true`, {
            method: "GET",
            headers: { authorization: `Bearer ${agb.apiKey}` },
            headersTimeout: 300,
        });
        await expect(asked.then(({ body }) => body.text())).rejects.toThrow();
        expect(await exists(agb)).toBe(true);
    });

    it("leave the errors of a call as they are", async () => {
        for (const kind of ["after", "503after", "reset-after", "types"]) {
            const agb = await faulty(`GetContext:${kind}:1`);
            expect(await agb.call("GET", "/sdk/GetContext", { query: { id: "SdkCtx-x" } })).toMatchObject({
                http: 400,
                code: "InvalidContext.NotFound",
            });
        }
    });

    it("trickle pauses between bytes", async () => {
        const agb = await faulty("ListContexts:trickle=5:1");
        const begun = performance.now();
        const { requestId } = await agb.call("GET", "/sdk/ListContexts");
        expect(performance.now() - begun).toBeGreaterThan(requestId.length * 4);
    });

    it("also occur for presigned URLs", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        for (const kind of ["after", "503after", "reset-after"]) {
            agb.local.faults.push(parseFault(`objects:${kind}:1:1`));
            await expect(agb.put(contextId, `/home/${kind}`, kind)).rejects.toThrow();
            expect(await agb.get(contextId, `/home/${kind}`)).toBe(kind);
        }
        agb.local.faults.push(parseFault("objects:truncated:1:1"));
        await expect(agb.get(contextId, "/home/after")).rejects.toThrow();
        agb.local.faults.push(parseFault("objects:trickle=1:1:1"));
        expect(await agb.get(contextId, "/home/after")).toBe("after");
    });
});

describe("faults in listings", () => {
    const list = (agb: TestClient, query: Record<string, string | number> = {}): Promise<Reply> =>
        agb.call("GET", "/sdk/ListContexts", { query: { maxResults: 2, ...query } });
    const names = ({ data }: Reply): string[] => (data as { name: string }[]).map(({ name }) => name);
    const describeFolder = (agb: TestClient, contextId: string, query: Record<string, string | number>) =>
        agb.call("POST", "/sdk/DescribeContextFiles", { query: { contextId, ...query } });
    const paths = ({ data }: Reply): string[] => (data as { filePath: string }[]).map(({ filePath }) => filePath);

    it("endless repeats the first page, with a new token or the same one", async () => {
        const agb = await startServer();
        await agb.createContext("one");
        agb.local.faults.push(parseFault("ListContexts:endless:1:2"), parseFault("ListContexts:endless=token:1:2"));
        const first = await list(agb);
        const second = await list(agb, { nextToken: first.nextToken ?? "" });
        expect([names(first), names(second)]).toEqual([["one"], ["one"]]);
        expect(second.nextToken).not.toBe(first.nextToken);
        const third = await list(agb);
        expect((await list(agb, { nextToken: third.nextToken ?? "" })).nextToken).toBe(third.nextToken);
        expect((await list(agb)).nextToken).toBe("");
    });

    it("endless fills the pages of a folder", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, "/home/a", "a");
        agb.local.faults.push(parseFault("DescribeContextFiles:endless:1"));
        for (const pageNumber of [1, 2, 100]) {
            const reply = await describeFolder(agb, contextId, { parentFolderPath: "/home", pageNumber, pageSize: 3 });
            expect(paths(reply)).toEqual(["/home/a", "/home/a", "/home/a"]);
        }
    });

    it("loop lists a folder as its own child", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, "/home/a", "a");
        agb.local.faults.push(parseFault("DescribeContextFiles:loop:1"));
        const reply = await describeFolder(agb, contextId, { parentFolderPath: "/home" });
        expect(reply.data).toMatchObject([{ filePath: "/home", fileType: "FOLDER" }, { filePath: "/home/a" }]);
    });

    it("shift hides an entry between two pages", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        for (const name of ["a", "b", "c", "d"]) await agb.put(contextId, `/home/${name}`, name);
        agb.local.faults.push(parseFault("*:shift:1"));
        const read = (pageNumber: number) =>
            describeFolder(agb, contextId, { parentFolderPath: "/home", pageNumber, pageSize: 2 });
        const [first, second] = [await read(1), await read(2)];
        expect(paths(first)).toEqual(["/home/a.short-lived", "/home/a"]);
        expect(paths(second)).toEqual(["/home/c", "/home/d"]);
        expect([first.count, second.count]).toEqual([5, 4]);
    });
});

describe("faults in the list of tasks", () => {
    const outcomes = async (agb: TestClient, sessionId: string): Promise<string[]> =>
        (await agb.tasks(sessionId)).map(({ taskType, status }) => `${taskType} ${status}`);
    const synced = async (fault: string) => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        agb.local.faults.push(parseFault(fault));
        return { agb, sessionId };
    };

    it("late lists a new run only after some lookups, and the run before it until then", async () => {
        const { agb, sessionId } = await synced("GetContextInfo:late=2:1");
        expect(await outcomes(agb, sessionId)).toEqual([]);
        expect(await outcomes(agb, sessionId)).toEqual([]);
        expect(await outcomes(agb, sessionId)).toEqual(["download Success"]);
        agb.local.faults.push(parseFault("SyncContext:fail:1:1"));
        expect(await agb.sync(sessionId, { mode: "download" })).toMatchObject([{ status: "Success" }]);
        expect(await outcomes(agb, sessionId)).toEqual(["download Success"]);
        expect(await outcomes(agb, sessionId)).toEqual(["download Failed"]);
    });

    it("history lists an earlier run too, before or after the latest one", async () => {
        const { agb, sessionId } = await synced("GetContextInfo:history:1:1");
        const [earlier, latest] = await agb.tasks(sessionId);
        expect([earlier?.status, latest?.status]).toEqual(["Failed", "Success"]);
        expect(earlier?.startTime).toBeLessThan(latest?.startTime ?? 0);
        agb.local.faults.push(parseFault("GetContextInfo:history=last:1:1"));
        expect(await outcomes(agb, sessionId)).toEqual(["download Success", "download Failed"]);
    });

    it("missing lists no tasks, or none of one type", async () => {
        const { agb, sessionId } = await synced("GetContextInfo:missing=download:1");
        expect(await agb.sync(sessionId, { mode: "upload" })).toMatchObject([{ taskType: "upload" }]);
        agb.local.faults.splice(0, 1, parseFault("GetContextInfo:missing:1"));
        expect(await agb.tasks(sessionId)).toEqual([]);
    });
});

it("every kind is documented, in one line", async () => {
    const page = await readFile(join(__dirname, "../../../docs/local-agb.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([^`]+)` *\| (.+?) *\|$/gm)].map(([, kind, effect]) => [kind, effect]);
    const kinds = Object.values(FAULT_KINDS).flatMap((group) => Object.entries<string>(group));
    expect(rows.sort()).toEqual(kinds.sort());
    expect(kinds.filter(([, effect]) => effect.includes("\n") || effect.length > 90)).toEqual([]);
});
