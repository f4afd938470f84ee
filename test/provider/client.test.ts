/** The client against the local AGB: what it retries, what it never sends twice, and its settings. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
    AgbClient,
    AgbConnectionError,
    DEFAULT_TIMINGS,
    findContext,
    mayHaveTakenEffect,
    resolveSettings,
    settingsProblem,
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

describe("settings", () => {
    it("come from the arguments, then the environment, then the defaults", async () => {
        expect(await resolveSettings({ apiKey: "k" }, {})).toEqual({
            endpoint: "https://sdk-api.agb.cloud",
            apiKey: "k",
            timeoutMs: 60000,
        });
        expect(
            await resolveSettings({}, { AGB_API_KEY: "e", AGB_ENDPOINT: "agb.example/", AGB_TIMEOUT_MS: "5000" }),
        ).toEqual({ endpoint: "https://agb.example", apiKey: "e", timeoutMs: 5000 });
        expect(
            await resolveSettings(
                { apiKey: "k", endpoint: "http://127.0.0.1:8080" },
                { AGB_API_KEY: "e", AGB_ENDPOINT: "other" },
            ),
        ).toMatchObject({ endpoint: "http://127.0.0.1:8080", apiKey: "k" });
    });

    it("are rejected with a fix before any request is sent", () => {
        expect(settingsProblem({}, {})).toMatch(/^there is no API key for AGB\./);
        expect(settingsProblem({ endpoint: "local" }, {})).toBeUndefined();
        expect(settingsProblem({ apiKey: "k", endpoint: "http://agb.example" }, {})).toMatch(
            /would send the API key in the clear\. Use https/,
        );
        expect(settingsProblem({ apiKey: "k", endpoint: "https://" }, {})).toMatch(/is not a valid URL/);
        expect(settingsProblem({ apiKey: "k", timeoutMs: "soon" }, {})).toMatch(
            /agb:timeoutMs .+ "soon": specify milliseconds/,
        );
        expect(settingsProblem({ apiKey: "se cret" }, {})).not.toContain("se cret");
    });

    it("never keep or show a password that is part of the endpoint", async () => {
        const endpoint = "https://user:pass@agb.example";
        expect(await resolveSettings({ apiKey: "k", endpoint }, {})).toMatchObject({ endpoint: "https://agb.example" });
        for (const bad of [
            "http://user:pass@agb.example",
            "https://user:pass@",
            "us er:pass@a b",
            "https://u/pass@a b",
        ]) {
            expect(settingsProblem({ apiKey: "k", endpoint: bad }, {}), bad).toMatch(/^the endpoint "/);
            expect(settingsProblem({ apiKey: "k", endpoint: bad }, {}), bad).not.toContain("pass");
        }
    });

    it("limit the timeout to what a timer can measure", async () => {
        expect(await resolveSettings({ apiKey: "k", timeoutMs: "9e15" }, {})).toMatchObject({ timeoutMs: 2 ** 31 - 1 });
    });
});
