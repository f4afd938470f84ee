/** How the client reads unusual answers: what it tolerates, and how it reports what it cannot use. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbApiError, AgbClient, isKeyRejected, mayHaveTakenEffect } from "../../provider/agb";
import { SHORT_TIMINGS } from "../support/agb";
import { startStubService, type StubService } from "../support/stubService";

let service: StubService;
let client: AgbClient;
beforeEach(async () => {
    service = await startStubService();
    client = new AgbClient({ endpoint: service.endpoint, apiKey: "the-key", timeoutMs: 2000 }, SHORT_TIMINGS);
});
afterEach(async () => {
    await client.close();
    service.close();
});

const create = () => client.createSession({ imageId: "i", labels: {}, mounts: [] });
const failureOf = async (call: Promise<unknown>): Promise<Error> =>
    call.then(
        () => expect.fail("the call succeeded"),
        (error: unknown) => error as Error,
    );
const respondWithText = (status: number, text: string) =>
    service.respond((_, response) => response.writeHead(status, { "content-type": "text/html" }).end(text));

describe("an answer", () => {
    it("can have either form of the envelope and unknown fields", async () => {
        service.json({ body: { Success: true, Code: "ok", RequestId: "r", HttpStatusCode: 200, New: 1 }, more: true });
        await client.releaseSession("s");
        service.json({
            body: { Success: false, Code: "InvalidMcpSession.NotFound", Message: "session not found", RequestId: "r1" },
        });
        await expect(client.refreshIdleTime("s")).rejects.toMatchObject({
            code: "InvalidMcpSession.NotFound",
            requestId: "r1",
        });
        service.json({ success: true, data: { id: "c", name: "n", colour: "red" }, extra: {} });
        expect(await client.getContext({ id: "c" })).toMatchObject({ id: "c", name: "n" });
    });

    it("means failure if it says so, even with HTTP 200", async () => {
        service.json({ success: false, code: "Internal.Error", message: "no", requestId: "r2" });
        await expect(client.deleteContext("c")).rejects.toThrow("AGB said: no (Internal.Error, request r2).");
        service.json({ success: true, data: { success: false, errMsg: "no such image" }, requestId: "r3" });
        await expect(create()).rejects.toThrow("AGB said: no such image (HTTP 200, request r3).");
        service.json({ success: false, message: "nope" }, 400);
        await expect(create()).rejects.toBeInstanceOf(AgbApiError);
        for (const status of [400, 500]) {
            service.json({ success: true, data: { id: "c", name: "n" } }, status);
            await expect(client.getContext({ id: "c" }), String(status)).rejects.toMatchObject({ httpStatus: status });
        }
    });

    it("takes the time by the clock of the service, or by this one if the service reports none", async () => {
        const answer = JSON.stringify({ success: true, data: { sessionId: "s" } });
        const respondAt = (date?: string) =>
            service.respond((_, response) => {
                response.sendDate = false;
                response.writeHead(200, date === undefined ? {} : { date }).end(answer);
            });
        respondAt("Tue, 14 Nov 2023 22:13:20 GMT");
        expect((await create()).serverTime).toBe(1_700_000_000_000);
        for (const date of [undefined, "tomorrow"]) {
            respondAt(date);
            const before = Date.now();
            expect((await create()).serverTime, date).toBeGreaterThanOrEqual(before);
        }
    });

    it("leaves open whether a session was created, unless AGB refused the call", async () => {
        for (const data of [{ success: false, errMsg: "busy" }, { success: true }, {}, null]) {
            service.json({ success: true, data });
            expect(mayHaveTakenEffect(await failureOf(create())), JSON.stringify(data)).toBe(true);
        }
        for (const status of [500, 502, 503]) {
            service.json({ success: false, message: "down" }, status);
            expect(mayHaveTakenEffect(await failureOf(create())), String(status)).toBe(true);
            respondWithText(status, "<html>down</html>");
            expect(mayHaveTakenEffect(await failureOf(create())), `${status} with a web page`).toBe(true);
        }
        service.json({ success: false, message: "image unknown" }, 400);
        expect(mayHaveTakenEffect(await failureOf(create()))).toBe(false);
    });

    it("to a call that only reads never leaves an effect open, except for the creation of a context", async () => {
        service.json({ success: false, message: "down" }, 500);
        expect(mayHaveTakenEffect(await failureOf(client.getContext({ name: "n" })))).toBe(false);
        expect(mayHaveTakenEffect(await failureOf(client.ensureContext("n")))).toBe(true);
        respondWithText(200, "hello");
        expect(mayHaveTakenEffect(await failureOf(client.getContext({ name: "n" })))).toBe(false);
        expect(mayHaveTakenEffect(await failureOf(client.ensureContext("n")))).toBe(true);
    });

    it("that cannot be read leaves the effect of a creation open, and says that it is in another format", async () => {
        service.json({ success: true, data: 7 });
        expect(await failureOf(create())).toMatchObject({ mayHaveTakenEffect: true, isUnreadable: true });
        expect(await failureOf(client.getSession("s"))).toMatchObject({
            mayHaveTakenEffect: false,
            isUnreadable: true,
        });
        service.json({ answer: 7 });
        expect(await failureOf(create())).toMatchObject({ mayHaveTakenEffect: true, isUnreadable: true });
        respondWithText(200, "hello");
        expect(await failureOf(create())).toMatchObject({ mayHaveTakenEffect: true, isUnreadable: false });
        respondWithText(429, "busy");
        expect(await failureOf(create())).toMatchObject({ mayHaveTakenEffect: false });
    });

    it("that is a web page, a redirect or endless is not AGB's", async () => {
        respondWithText(200, "<!doctype html><p>hello");
        await expect(client.getContext({ id: "c" })).rejects.toThrow(
            /answered GetContext with a web page \(HTTP 200\): this is not AGB's API\. Check agb:endpoint/,
        );
        service.respond((_, response) =>
            response
                .writeHead(302, { location: "https://elsewhere.example/?token=t" })
                .end(JSON.stringify({ success: true, data: { id: "c", name: "n" } })),
        );
        await expect(client.getContext({ id: "c" })).rejects.toThrow(
            /\/prefix answered GetContext with a redirect \(HTTP 302\): this is not AGB's API\. Check agb:endpoint or AGB_ENDPOINT\.$/,
        );
        for (const empty of ["", " \r\n"]) {
            respondWithText(200, empty);
            await expect(client.getContext({ id: "c" })).rejects.toThrow("with an empty response (HTTP 200)");
        }
        service.json({ success: true, data: { id: "c", name: "n" } }, 300);
        await expect(client.getContext({ id: "c" })).rejects.toThrow("with a redirect (HTTP 300)");
        service.respond((_, response) => {
            response.on("error", () => undefined);
            const chunk = Buffer.alloc(1024 * 1024, "x");
            const write = () => {
                while (!response.destroyed && response.write(chunk));
                response.once("drain", write);
            };
            write();
        });
        await expect(client.getContext({ id: "c" })).rejects.toThrow(/answered GetContext with more than 64 MB/);
    });

    it("is reported with the part that cannot be read", async () => {
        service.json({ success: true, data: { name: "n" }, requestId: "r" });
        await expect(client.getContext({ id: "c" })).rejects.toThrow(
            "AGB's answer to GetContext cannot be read: data.id: is missing (request r).",
        );
        service.json({ success: true, data: { url: "ftp//no?signature=secret" }, requestId: "r" });
        await expect(client.uploadContextFile("c", "/a", { text: "a" })).rejects.toThrow(
            "AGB's answer to GetContextFileUploadUrl cannot be read: data.url: is not a URL (request r).",
        );
    });

    it("is refused if it is about another context or folder than the one asked for", async () => {
        service.json({ success: true, data: { id: "c", name: "other" }, requestId: "r" });
        const problem = 'data.name: is "other" instead of "notes" (request r).';
        await expect(client.getContext({ name: "notes" })).rejects.toThrow(problem);
        await expect(client.ensureContext("notes")).rejects.toThrow(problem);
        expect((await client.getContext({ id: "c" })).name).toBe("other");
        service.json({ success: true, data: [{ filePath: 12 }, { fileName: "no path" }], requestId: "r" });
        await expect(client.findContextFile("c", "/home/work/a.txt")).rejects.toThrow(
            'data: lists nothing in "/home/work" (request r).',
        );
    });

    it("is refused only for what is used of it", async () => {
        const odd = { success: "true", code: 0, message: null, httpStatusCode: "200", requestId: 7, count: "many" };
        service.json({ ...odd, data: { id: 12, name: "n", createTime: 1764000000, lastUsedTime: {}, state: [] } });
        expect(await client.getContext({ id: "c" })).toEqual({ id: "12", name: "n", createTime: "1764000000" });
        service.json({ ...odd, data: [{ id: "a", name: "n" }, { name: "no id" }, 5, null, { id: "b", name: [] }] });
        const listed: string[] = [];
        for await (const { id } of client.listContexts()) listed.push(id);
        expect(listed).toEqual(["a", "b"]);
        const files = [{ filePath: "/a", size: "12", gmtModified: 5, fileType: null }, { fileName: "no path" }];
        service.json({ ...odd, data: files });
        expect(await client.listContextFilesPage("c", "/", 1)).toEqual([
            { filePath: "/a", size: 12, gmtModified: "5" },
        ]);
        service.json({ ...odd, data: { sessionId: "s", success: "true", networkInterfaceIp: 4, taskId: [] } });
        expect(await create()).toMatchObject({ sessionId: "s" });
        service.json({ ...odd, data: { labels: { team: 4 } } });
        expect(await client.getLabels("s")).toEqual({ team: "4" });
        service.json({ ...odd, data: [{ name: "shell", inputSchema: "?" }, "odd"] });
        expect(await client.listTools("i")).toEqual(["shell"]);
        service.json({ ...odd, data: { content: [{ type: 5, text: "out" }, 7], isError: "false" } });
        expect(await client.callTool("s", "shell", {})).toBe("out");
    });
});

describe("an error message", () => {
    it("is one line without control characters, of a readable length", async () => {
        const message = `line 1\r\nline 2\u0000\u001b[31mred\u001b[0m\u202e ${"x".repeat(5_000_000)}`;
        service.json({ success: false, code: `Odd\n${"c".repeat(1000)}`, message, requestId: "r\n1" }, 400);
        const failure = await failureOf(client.deleteContext("c"));
        expect(failure.message).toMatch(/^AGB said: line 1 line 2 red x+… \(Odd c+…, request r 1\)\.$/);
        expect(failure.message.length).toBeLessThan(600);
        expect(failure).toMatchObject({ serverMessage: message });
    });

    it("blames the API key only if AGB does", async () => {
        service.json({ success: false, code: "QuotaExceeded", message: "10 sessions are running" }, 403);
        const quota = await failureOf(create());
        expect(quota.message).toBe("AGB said: 10 sessions are running (QuotaExceeded, request from-header).");
        expect(isKeyRejected(quota)).toBe(false);
        for (const [status, code] of [
            [401, ""],
            [403, "InvalidApiKey"],
            [403, "Forbidden.Unauthorized"],
        ] as const) {
            service.json({ success: false, code, message: "no" }, status);
            const failure = await failureOf(create());
            expect(failure.message).toMatch(/^AGB does not accept the API key: no \(/);
            expect(isKeyRejected(failure)).toBe(true);
        }
    });
});

describe("sync tasks", () => {
    const task = {
        contextId: "c",
        path: "/p",
        status: "Success",
        taskType: "upload",
        startTime: 1764000000,
        finishTime: 1764000001,
        errorMessage: null,
    };
    const tasksOf = async (entries: unknown) => {
        service.json({ success: true, data: { contextStatus: entries } });
        return (await client.getSyncTasks("s")).tasks;
    };
    const listed = (...tasks: unknown[]) => JSON.stringify([{ type: "data", data: JSON.stringify(tasks) }]);

    it("are read from nested JSON text, and entries of other kinds are skipped", async () => {
        const contextStatus = JSON.stringify([
            { type: "data", data: JSON.stringify([task, { taskType: "clear", path: 5 }, 7, { taskType: [] }]) },
            { type: "note", data: 7 },
            { type: "data", data: "" },
        ]);
        expect(await tasksOf(contextStatus)).toEqual([{ ...task, errorMessage: "" }]);
        expect(await tasksOf("")).toEqual([]);
        expect(await tasksOf([{ type: "Data", data: [task] }])).toEqual([{ ...task, errorMessage: "" }]);
    });

    it("can have times as text, and words in other letter case", async () => {
        const startTime = "2025-11-24T16:00:00Z";
        const odd = {
            ...task,
            status: "FAILED",
            taskType: "UPLOAD",
            startTime,
            finishTime: "1764000001",
            errorMessage: 7,
        };
        expect(await tasksOf(listed(odd))).toEqual([
            { ...task, status: "Failed", startTime: Date.parse(startTime), errorMessage: "7" },
        ]);
        const [running] = await tasksOf(listed({ ...task, status: "pending", startTime: "soon", finishTime: null }));
        expect(running).toMatchObject({ status: "Pending", startTime: 0, finishTime: 0 });
    });

    it("have errors of one readable line", async () => {
        const [failed] = await tasksOf(listed({ ...task, errorMessage: `disk\nfull ${"x".repeat(2_000_000)}` }));
        expect(failed?.errorMessage).toMatch(/^disk full x{200,300}…$/);
    });

    it("that cannot be read at all are an error, because no tasks would mean that nothing is under way", async () => {
        await expect(tasksOf("[{")).rejects.toThrow(
            "AGB's answer to GetContextInfo cannot be read: data.contextStatus: is not JSON (request from-header).",
        );
        await expect(tasksOf(JSON.stringify([{ type: "data", data: "oops" }]))).rejects.toThrow(/is not JSON/);
    });
});

it("parameters are sent as the official SDKs send them, and the key only in the header", async () => {
    service.json({ success: true });
    await client.setLabels("s 1", { a: "b+c" });
    await client.startSync("s", "upload");
    expect(service.requests.map(({ url }) => url)).toEqual([
        "/prefix/sdk/SetLabel?sessionId=s+1&Labels=%7B%22a%22%3A%22b%2Bc%22%7D",
        "/prefix/sdk/SyncContext?sessionId=s&mode=upload",
    ]);
    expect(service.requests[0]).toMatchObject({
        headers: { authorization: "Bearer the-key", "content-type": "application/json" },
        body: "{}",
    });
    expect(JSON.stringify(service.requests.map(({ url, body }) => url + body))).not.toContain("the-key");
});
