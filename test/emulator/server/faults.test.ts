/** Fault injection, latency and the clock. */
import { describe, expect, it } from "vitest";
import { parseFault } from "../../../emulator/index";
import { startServer } from "./client";

describe("faults", () => {
    it("are parsed from CALL:KIND:PROBABILITY[:COUNT]; anything else is rejected with an example", () => {
        expect(parseFault("SyncContext:fail:0.2")).toEqual({ call: "SyncContext", kind: "fail", probability: 0.2 });
        expect(parseFault("*:503:1:3")).toEqual({ call: "*", kind: "503", probability: 1, count: 3 });
        for (const wrong of [
            "",
            "SyncContext",
            "SyncContext:fail",
            "SyncContext:fail:",
            "a:b:2",
            "a:b:-1",
            "a:b:x",
            "a:b:1:x",
            "a:b:1:",
            "a:b:1:1:1",
            ":b:1",
            "a::1",
        ]) {
            expect(() => parseFault(wrong), wrong).toThrow(/CALL:KIND:PROBABILITY/);
        }
    });

    const start = async (kind: string) =>
        startServer({ faults: [{ call: "GetContext", kind, probability: 1, count: 1 }] });
    const ask = (agb: Awaited<ReturnType<typeof start>>) =>
        agb.call("GET", "/sdk/GetContext", { query: { name: "data", allowCreate: "true" } });

    it("respond with an error code, as often as their count says and only to their call", async () => {
        const agb = await start("Quota.Exceeded");
        expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ success: true });
        expect(await ask(agb)).toMatchObject({ success: false, http: 400, code: "Quota.Exceeded" });
        expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ data: [] });
        expect(await ask(agb)).toMatchObject({ success: true });
    });

    it("respond with 429 and Retry-After, or with 503", async () => {
        const throttled = await ask(await start("429"));
        expect(throttled).toMatchObject({ success: false, http: 429, headers: { "retry-after": "1" } });
        expect(await ask(await start("503"))).toMatchObject({ success: false, http: 503 });
    });

    it("reset the connection, truncate the body, or respond with a web page", async () => {
        await expect(ask(await start("reset"))).rejects.toMatchObject({
            code: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/) as string,
        });
        const truncated = await start("truncated");
        await expect(ask(truncated)).rejects.toThrow();
        expect(await truncated.call("GET", "/sdk/ListContexts")).toMatchObject({ count: 1 });
        const agb = await start("html");
        const { statusCode, headers, body } = await agb.raw(`${agb.endpoint}/sdk/GetContext?name=a`, {
            method: "GET",
            headers: { authorization: `Bearer ${agb.apiKey}` },
        });
        expect([statusCode, headers["content-type"], (await body.text()).startsWith("<html>")]).toEqual([
            200,
            "text/html",
            true,
        ]);
    });

    it("delay a response or never send one", async () => {
        const delayed = await start("delay=300");
        const begun = performance.now();
        expect(await ask(delayed)).toMatchObject({ success: true });
        expect(performance.now() - begun).toBeGreaterThan(290);
        const hanging = await start("hang");
        await expect(
            hanging.raw(`${hanging.endpoint}/sdk/GetContext?name=a`, {
                method: "GET",
                headers: { authorization: `Bearer ${hanging.apiKey}` },
                headersTimeout: 200,
            }),
        ).rejects.toThrow(/timeout|Timeout/i);
        expect(await ask(hanging)).toMatchObject({ success: true });
    });

    it("respond with an error after the call has taken effect", async () => {
        const agb = await start("after");
        expect(await ask(agb)).toMatchObject({ success: false, http: 500, code: "InternalError" });
        expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ data: [{ name: "data" }] });
    });

    it("never occur with probability 0, and sometimes with probability 0.5", async () => {
        const agb = await startServer({
            faults: [
                { call: "ListContexts", kind: "503", probability: 0 },
                { call: "ListSession", kind: "503", probability: 0.5 },
            ],
        });
        const statuses = async (path: string) =>
            new Set(await Promise.all(Array.from({ length: 60 }, async () => (await agb.call("GET", path)).http)));
        expect(await statuses("/sdk/ListContexts")).toEqual(new Set([200]));
        expect(await statuses("/sdk/ListSession")).toEqual(new Set([200, 503]));
    });

    it("affect presigned URLs too, as the call objects", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        agb.local.faults.push({ call: "objects", kind: "503", probability: 1, count: 1 });
        await expect(agb.put(contextId, "/home/a", "a")).rejects.toThrow("503");
        await agb.put(contextId, "/home/a", "a");
    });
});

describe("the clock and the latency", () => {
    it("affect the Date header and the duration of calls", async () => {
        const agb = await startServer({ latencyMs: 60 });
        await agb.local.clock.advance(3 * 60 * 60_000);
        const begun = performance.now();
        const { headers } = await agb.call("GET", "/sdk/ListContexts");
        expect(performance.now() - begun).toBeGreaterThan(55);
        expect(Math.abs(Date.parse(String(headers.date)) - Date.now() - 3 * 60 * 60_000)).toBeLessThan(10_000);
    });
});

describe("request ids", () => {
    it("are unique to each response, including errors, and also in the header", async () => {
        const agb = await startServer();
        const replies = await Promise.all(
            Array.from({ length: 20 }, (_, index) =>
                agb.call("GET", index % 2 ? "/sdk/ListContexts" : "/sdk/GetContext"),
            ),
        );
        expect(new Set(replies.map(({ requestId }) => requestId)).size).toBe(20);
        for (const { requestId, headers } of replies) expect(headers["x-request-id"]).toBe(requestId);
    });
});
