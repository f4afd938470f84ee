/** The client against the local AGB: what it retries, and what it never sends twice. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
    AgbApiError,
    AgbClient,
    AgbConnectionError,
    DEFAULT_TIMINGS,
    findContext,
    mayHaveTakenEffect,
} from "../../provider/agb";
import { startTestAgb, type TestAgb } from "../support/agb";

describe("against a local AGB with injected faults", () => {
    let agb: TestAgb;
    beforeEach(async () => {
        agb = await startTestAgb();
    });
    afterEach(() => agb.close());
    const make = () => agb.client.createSession({ imageId: "agb-code-space-2", labels: {}, mounts: [] });

    it("retries any call after 429, and reads after 503", async () => {
        agb.fault("createSession:429:1:1");
        agb.fault("GetContext:503:1:1");
        await make();
        expect(await agb.sessions()).toHaveLength(1);
        expect((await agb.client.ensureContext("n")).name).toBe("n");
    });

    it("never retries an effect after 503, which may come after the effect", async () => {
        const { id } = await agb.client.ensureContext("n");
        const { sessionId } = await make();
        const effects = {
            createSession: make,
            SyncContext: () => agb.client.startSync(sessionId, "upload"),
            mcp: () => agb.client.callTool(sessionId, "shell", { command: "true" }),
            releaseSessionAsync: () => agb.client.releaseSession(sessionId),
            DeleteContext: () => agb.client.deleteContext(id),
        };
        for (const [call, effect] of Object.entries(effects)) {
            agb.fault(`${call}:503:1:1`);
            const failure: unknown = await effect().catch((error: unknown) => error);
            expect(failure, call).toMatchObject({ name: "AgbApiError", httpStatus: 503 });
            expect(mayHaveTakenEffect(failure), call).toBe(true);
        }
        expect(await agb.sessions()).toEqual([sessionId]);
        expect(await agb.contexts()).toEqual([id]);
    });

    it("finds a context in another region only if that region is given", async () => {
        const { id } = await agb.client.ensureContext("n", "eu-central-1");
        expect((await agb.client.getContext({ name: "n" }, "eu-central-1")).id).toBe(id);
        expect((await findContext(agb.client, { name: "n" }, "eu-central-1"))?.id).toBe(id);
        expect(await findContext(agb.client, { name: "n" })).toBeUndefined();
        expect((await findContext(agb.client, { id }))?.id).toBe(id);
    });

    it("takes evidence of a missing context only from a lookup and the listing", async () => {
        const { id } = await agb.client.ensureContext("n");
        expect(await findContext(agb.client, { id: "SdkCtx-0" })).toBeUndefined();
        expect(await findContext(agb.client, { name: "other" })).toBeUndefined();
        agb.fault("GetContext:Broken:1");
        // The listing has them, so the lookup has failed for another reason.
        await expect(findContext(agb.client, { id })).rejects.toMatchObject({ code: "Broken" });
        await expect(findContext(agb.client, { name: "n" })).rejects.toMatchObject({ code: "Broken" });
        expect(await findContext(agb.client, { name: "other" })).toBeUndefined();
        agb.local.faults.splice(0);
        agb.fault("GetContext:reset:1");
        await expect(findContext(agb.client, { name: "other" })).rejects.toBeInstanceOf(AgbConnectionError);
        const stranger = new AgbClient({ endpoint: agb.local.endpoint, apiKey: "wrong", timeoutMs: 5000 });
        await expect(findContext(stranger, { id })).rejects.toMatchObject({ httpStatus: 401 });
        await stranger.close();
    });

    it("connects with settings of the environment", async () => {
        await agb.client.ensureContext("n");
        for (const [name, value] of Object.entries(agb.env)) vi.stubEnv(name, value);
        const client = await AgbClient.connect();
        expect((await client.getContext({ name: "n" })).name).toBe("n");
        await client.close();
        vi.unstubAllEnvs();
    });

    it("clears a context, and keeps it", async () => {
        const { id } = await agb.client.ensureContext("n");
        await agb.client.uploadContextFile(id, "/home/a.txt", { text: "a" });
        await agb.client.clearContext(id);
        await agb.local.whenIdle();
        expect(await agb.files(id)).toEqual([]);
        expect(await agb.contexts()).toEqual([id]);
    });

    it("keeps a session alive with a refreshed idle time", async () => {
        const { sessionId } = await agb.client.createSession({
            imageId: "agb-code-space-2",
            labels: {},
            mounts: [],
            idleReleaseTimeout: 60,
        });
        await agb.local.clock.advance(45_000);
        await agb.client.refreshIdleTime(sessionId);
        await agb.local.clock.advance(45_000);
        expect(await agb.sessions()).toEqual([sessionId]);
        await expect(agb.client.refreshIdleTime("session-0")).rejects.toBeInstanceOf(AgbApiError);
    });

    it("throws what a tool reports as an error", async () => {
        const { sessionId } = await make();
        await expect(agb.client.callTool(sessionId, "read_file", { path: "/home/none" })).rejects.toMatchObject({
            name: "AgbApiError",
            call: "tool read_file",
            requestId: expect.stringMatching(/./) as string,
        });
    });

    it("lists the tools of an image, and rejects an unknown image", async () => {
        expect(await agb.client.listTools("agb-code-space-2")).toContain("shell");
        await expect(agb.client.listTools("agb-code-space-9")).rejects.toMatchObject({
            name: "AgbApiError",
            code: "InvalidImage.NotFound",
        });
    });

    it("retries a read after a broken connection", async () => {
        agb.fault("ListContexts:reset:1:2");
        expect(await agb.contexts()).toEqual([]);
    });

    it("never retries a creation after a broken connection", async () => {
        agb.fault("createSession:reset:1:1");
        const failure: unknown = await make().catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(AgbConnectionError);
        expect(failure).toMatchObject({ call: "createSession", mayHaveTakenEffect: true });
        expect(agb.local.faults[0]?.count).toBe(0);
        expect(await agb.sessions()).toEqual([]);
    });

    it("times out if no answer arrives", async () => {
        agb.fault("ListContexts:hang:1");
        const hasty = new AgbClient({ endpoint: agb.local.endpoint, apiKey: agb.local.apiKey, timeoutMs: 300 });
        await expect(hasty.listContexts().next()).rejects.toThrow(
            /did not answer ListContexts within 0\.3 s \(agb:timeoutMs\)\.$/,
        );
        await hasty.close();
    });

    it("never mistakes a truncated answer for a complete one", async () => {
        agb.fault("getSession:truncated:1");
        const { sessionId } = await make();
        await expect(agb.client.getSession(sessionId)).rejects.toBeInstanceOf(AgbConnectionError);
    });

    it("lists all pages", async () => {
        const names = Array.from({ length: 60 }, (_, i) => `context ${i} + more`);
        for (const name of names) await agb.client.ensureContext(name);
        const listed: string[] = [];
        for await (const { name } of agb.client.listContexts()) listed.push(name);
        expect(listed.sort()).toEqual(names.sort());
    });

    it("uploads files to a context and downloads them again", async () => {
        const { id } = await agb.client.ensureContext("n");
        await agb.client.uploadContextFile(id, "/home/a b+c/ü.txt", { text: "content" });
        expect(await agb.content(id, "/home/a b+c/ü.txt")).toBe("content");
        expect(await agb.files(id)).toEqual(["/home/a b+c/ü.txt"]);
    });
});

describe("timings", () => {
    it("have defaults, and each can be overridden", async () => {
        const settings = { endpoint: "http://127.0.0.1:1", apiKey: "k", timeoutMs: 1000 };
        const patient = new AgbClient(settings);
        expect(patient.timings).toEqual(DEFAULT_TIMINGS);
        const quick = new AgbClient(settings, { callRetryMs: 1 });
        expect(quick.timings).toEqual({ ...patient.timings, callRetryMs: 1 });
        await Promise.all([patient.close(), quick.close()]);
    });
});
