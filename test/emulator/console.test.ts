/** The console and its data. */
import { request } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { SANDBOXES, works } from "../../emulator/tools/sandbox/findSandbox";
import { AgbClient } from "../../provider/agb/index";
import { SandboxRuns } from "../../provider/handlers/command/sandbox";
import { commandText } from "../../provider/handlers/command/script";
import { originLabels } from "../../provider/handlers/session/labels";
import { agb, call, createContext, createSession, consoleToken, put, restart, serveEachTest } from "./consoleServer";

serveEachTest();

const ask = (path: string, authorization?: string): Promise<Response> =>
    fetch(agb.endpoint + path, { headers: authorization === undefined ? {} : { authorization } });

/** What the console reads from a route. */
const read = async <T = unknown>(path: string): Promise<T> =>
    ((await (await ask(`/local/console/${path}`, `Bearer ${consoleToken()}`)).json()) as { data: T }).data;

/** What the console sends to a route. */
const send = (method: "POST" | "DELETE", path: string, body?: unknown): Promise<Response> =>
    fetch(`${agb.endpoint}/local/console/${path}`, {
        method,
        headers: { authorization: `Bearer ${consoleToken()}` },
        ...(body !== undefined && { body: JSON.stringify(body) }),
    });

describe("the console's data", () => {
    it("requires the console's own token in a header, also for what it does", async () => {
        const contextId = await createContext("data");
        await put(contextId, "/home/data/kept", "text");
        const sessionId = await createSession([]);
        const file = new URLSearchParams({ contextId, path: "/home/data/kept" }).toString();
        const routes = [
            ["GET", "overview"],
            ["GET", "sizes"],
            ["GET", "timeline"],
            ["GET", "commands"],
            ["GET", "requests"],
            ["GET", "faults"],
            ["GET", `files?contextId=${contextId}&folder=/`],
            ["GET", `file?${file}`],
            ["HEAD", `file?${file}`],
            ["GET", `download?${file}`],
            ["DELETE", `file?${file}`],
            ["POST", "sync"],
            ["POST", "release"],
            ["POST", "faults"],
            ["DELETE", "faults?id=1"],
        ] as const;
        for (const [method, path] of routes) {
            for (const authorization of ["", "Bearer ", `Bearer ${agb.apiKey}`, `Bearer ${consoleToken()}x`]) {
                const response = await fetch(`${agb.endpoint}/local/console/${path}`, {
                    method,
                    headers: { authorization, cookie: `token=${consoleToken()}; local-agb-console=${consoleToken()}` },
                    ...(method === "POST" && { body: JSON.stringify({ sessionId, fault: "*:503:1" }) }),
                });
                expect(response.status, `${method} ${path} ${authorization}`).toBe(401);
            }
        }
        expect(agb.faults).toEqual([]);
        expect(await call("POST", "/mcp/getSession", { sessionId })).toMatchObject({ status: "RUNNING" });
        expect((await ask(`/local/console/file?${file}`, `Bearer ${consoleToken()}`)).status).toBe(200);
        expect((await ask("/local/console/overview", `Bearer ${consoleToken()}`)).status).toBe(200);
        expect(consoleToken()).toMatch(/^[0-9a-f]{64}$/);
    });

    it("uses a token that the API does not accept", async () => {
        expect((await ask("/sdk/ListContexts", `Bearer ${consoleToken()}`)).status).toBe(401);
    });

    it("contains no keys or tokens", async () => {
        await createSession([{ contextId: await createContext("data"), path: "/home/data" }]);
        await put(await createContext("data"), "/home/data/a.txt", "text");
        await call("POST", "/sdk/GetContextFileUploadUrl?contextId=SdkCtx-none&filePath=/f&Signature=secret-signature");
        await createSession([], { password: "secret-label" });
        const views = ["overview", "timeline", "commands", "requests", "faults", "sizes"];
        const texts = views.map(async (view) =>
            (await ask(`/local/console/${view}`, `Bearer ${consoleToken()}`)).text(),
        );
        const text = (await Promise.all(texts)).join("\n");
        expect(text).toContain("/home/data");
        expect(await (await ask("/local/console/requests", `Bearer ${consoleToken()}`)).text()).not.toContain(
            "secret-",
        );
        const secrets = await Promise.all(
            ["api-key", "signing-key", "console-token"].map((name) => readFile(join(agb.dataFolder, name), "utf8")),
        );
        for (const secret of [...secrets, agb.apiKey, "token-", "Signature="]) {
            expect(text).not.toContain(secret.trim());
        }
    });

    it("lists the files that releases did not upload, with the reason", async () => {
        const contextId = await createContext("data");
        agb.faults.push({ call: "createSession", kind: "fail", probability: 1 });
        const sessionId = await createSession([{ contextId, path: "/home/data" }]);
        await agb.whenIdle();
        const args = JSON.stringify({ path: "/home/data/f", content: "f", mode: "overwrite" });
        await call("POST", "/mcp", { sessionId, name: "write_file", args });
        await call("POST", "/mcp/releaseSession", { sessionId });
        const status = await (await ask("/local/console/overview", `Bearer ${consoleToken()}`)).json();
        expect(status).toMatchObject({
            data: {
                unsaved: [
                    {
                        sessionId,
                        folder: join(agb.dataFolder, "unsaved", sessionId),
                        reason: expect.stringContaining("/home/data was not uploaded") as string,
                    },
                ],
            },
        });
    });

    it("is served only for this machine's own host names", async () => {
        const status = await new Promise((resolve, reject) => {
            const { hostname, port } = new URL(agb.endpoint);
            request(
                {
                    hostname,
                    port,
                    path: "/local/console/overview",
                    headers: { host: "rebound.example.org", authorization: `Bearer ${consoleToken()}` },
                },
                (response) => resolve(response.resume().statusCode),
            )
                .on("error", reject)
                .end();
        });
        expect(status).toBe(403);
    });

    it("never includes anything outside the context", async () => {
        const contextId = await createContext("data");
        for (const folder of ["/..", "/home/../../..", "..", "/\0"]) {
            expect(
                (
                    await ask(
                        `/local/console/files?${new URLSearchParams({ contextId, folder }).toString()}`,
                        `Bearer ${consoleToken()}`,
                    )
                ).status,
            ).toBe(400);
        }
        expect(
            (await ask("/local/console/files?contextId=SdkCtx-none&folder=/", `Bearer ${consoleToken()}`)).status,
        ).toBe(400);
    });

    it("says what each request was about, and which fault was injected", async () => {
        const contextId = await createContext("data");
        agb.faults.push({ call: "GetContext", kind: "403=Quota.Gone", probability: 1, count: 1 });
        await call("GET", "/sdk/GetContext?name=data");
        await put(contextId, "/f", "secret-content");
        const requests = await read("requests");
        expect(requests).toMatchObject([
            { method: "PUT", status: 200, parameters: {} },
            { parameters: { contextId, filePath: "/f" } },
            {
                code: "Quota.Gone",
                parameters: { name: "data" },
                fault: "403=Quota.Gone",
                message: expect.stringContaining("quota") as string,
            },
            { parameters: { name: "data", allowCreate: "true" }, message: "" },
        ]);
        expect(JSON.stringify(requests)).not.toMatch(/secret-content|Signature/);
    });

    it("is not logged as a request", async () => {
        await call("GET", "/sdk/ListContexts");
        for (let round = 0; round < 3; round += 1) {
            await (await ask("/local/console/overview", `Bearer ${consoleToken()}`)).text();
        }
        expect((await read<{ path: string }[]>("requests")).map((entry) => entry.path)).toEqual(["/sdk/ListContexts"]);
    });
});

describe("the history", () => {
    it("keeps syncs and releases, with the Pulumi name of the session, also after a restart", async () => {
        const contextId = await createContext("data");
        const session = { project: "agent", stack: "dev", name: "assistant" };
        const sessionId = await createSession([{ contextId, path: "/home/data" }], originLabels(session));
        await agb.whenIdle();
        agb.faults.push({ call: "SyncContext", kind: "fail", probability: 1 });
        await call("POST", `/sdk/SyncContext?sessionId=${sessionId}`);
        await agb.whenIdle();
        await call("POST", "/mcp/releaseSession", { sessionId });
        const history = await read<object[]>("timeline");
        const sync = { contextId, contextName: "data", path: "/home/data" };
        expect(history.toReversed()).toMatchObject(
            [
                { kind: "created" },
                { kind: "download", ...sync, failure: "" },
                { kind: "upload", ...sync, failure: expect.stringContaining("injected fault") as string },
                { kind: "release", reason: "request" },
                { kind: "upload", ...sync, failure: "" },
                { kind: "released", failure: "" },
            ].map((event) => ({ ...event, sessionId, session })),
        );
        await restart();
        expect(await read("timeline")).toEqual(history);
    });

    it("says that a session was idle, and why files were kept", async () => {
        const contextId = await createContext("data");
        agb.faults.push({ call: "createSession", kind: "fail", probability: 1 });
        const sessionId = await createSession([{ contextId, path: "/home/data" }]);
        await agb.whenIdle();
        const args = JSON.stringify({ path: "/home/data/f", content: "f", mode: "overwrite" });
        await call("POST", "/mcp", { sessionId, name: "write_file", args });
        await agb.clock.advance(300_000);
        await agb.whenIdle();
        expect(await read("timeline")).toMatchObject([
            { kind: "released", failure: expect.stringContaining("/home/data was not uploaded") as string },
            { kind: "release", reason: "idle" },
            { kind: "download" },
            { kind: "created" },
        ]);
    });
});

describe("the log of commands", () => {
    beforeEach(async ({ skip }) => {
        const hasSandbox = (await Promise.all(SANDBOXES.map(works))).includes(true);
        skip(!hasSandbox, "no sandbox works on this machine");
    });

    it("has the end of the output, only in memory", async () => {
        const sessionId = await createSession([], originLabels({ name: "assistant" }));
        const command = "printf secret-%s marker; seq 1 20000 >&2; exit 3";
        await call("POST", "/mcp", { sessionId, name: "shell", args: JSON.stringify({ command, timeout_ms: 20_000 }) });
        await call("POST", "/mcp", { sessionId, name: "shell", args: "{}" });
        const commands = await read<{ stderr: { text: string; omitted: number } }[]>("commands");
        expect(commands).toMatchObject([
            {
                sessionId,
                session: { name: "assistant" },
                command: { text: command, omitted: 0 },
                exitCode: 3,
                stdout: { text: "secret-marker" },
            },
        ]);
        expect(commands[0]?.stderr.text.endsWith("\n20000\n")).toBe(true);
        expect(commands[0]?.stderr.text.length).toBe(8192);
        expect(commands[0]?.stderr.omitted).toBeGreaterThan(100_000);
        await agb.whenIdle();
        for (const name of ["state.jsonl", "history.jsonl"]) {
            const text = await readFile(join(agb.dataFolder, name), "utf8");
            expect(text).toContain(sessionId);
            expect(text).not.toContain("secret-");
        }
        await restart();
        expect(await read("commands")).toEqual([]);
    });
});

describe("the log of commands of the resource Command", () => {
    beforeEach(async ({ skip }) => {
        const hasSandbox = (await Promise.all(SANDBOXES.map(works))).includes(true);
        skip(!hasSandbox, "no sandbox works on this machine");
    });

    it("has what they run instead of the scripts that watch them", async () => {
        const sessionId = await createSession([]);
        const client = new AgbClient({ endpoint: agb.endpoint, apiKey: agb.apiKey, timeoutMs: 60_000 });
        const runs = new SandboxRuns(client, sessionId);
        const run = { id: "command-1", number: 1 };
        await runs.latest(run.id);
        const gate = "/tmp/gate";
        const command = `seq 1 5000; echo ü; while [ ! -f ${gate} ]; do sleep 0.05; done; echo late >&2; exit 3`;
        await runs.start(run, commandText(command, "/home", {}), "digest");
        expect(await read("commands")).toMatchObject([
            { sessionId, command: { text: `cd -- /home || exit; ${command}` } },
        ]);
        expect((await read<object[]>("commands"))[0]).not.toHaveProperty("milliseconds");
        await client.callTool(sessionId, "write_file", { path: gate, content: "", mode: "overwrite" });
        let status = await runs.status(run, 0, 0);
        while (status.state !== "ended") status = await runs.status(run, status.stdout?.size ?? 0, 0);
        await runs.status(run, "end", "end");
        await runs.discard(run.id);
        const [logged, ...others] = await read<{ stdout: { text: string; omitted: number } }[]>("commands");
        expect(others).toEqual([]);
        expect(logged).toMatchObject({
            exitCode: 3,
            milliseconds: expect.any(Number) as number,
            stderr: { text: "late\n", omitted: 0 },
        });
        expect(logged?.stdout.text.endsWith("\n4999\n5000\nü\n")).toBe(true);
        expect(Buffer.byteLength(logged?.stdout.text ?? "")).toBe(8192);
        expect(logged?.stdout.omitted).toBe(23_896 - 8192);
        await client.close();
    });
});

describe("the console's actions", () => {
    it("uploads the mounts of a session, and releases it", async () => {
        const contextId = await createContext("data");
        const sessionId = await createSession([{ contextId, path: "/home/data" }]);
        await agb.whenIdle();
        const args = JSON.stringify({ path: "/home/data/f", content: "text", mode: "overwrite" });
        await call("POST", "/mcp", { sessionId, name: "write_file", args });
        expect((await send("POST", "sync", { sessionId })).status).toBe(200);
        await agb.whenIdle();
        expect(await read("sizes")).toEqual({ [contextId]: { files: 1, bytes: 4 } });
        expect((await send("POST", "release", { sessionId })).status).toBe(200);
        await agb.whenIdle();
        expect(await read("overview")).toMatchObject({ sessions: [] });
        expect(await (await send("POST", "release", { sessionId })).json()).toMatchObject({
            message: `session ${sessionId} not found`,
        });
    });

    it("injects and removes the faults that --fault describes", async () => {
        expect((await send("POST", "faults", { fault: "GetContext:503:1:2" })).status).toBe(200);
        expect((await send("POST", "faults", { fault: "*:429=5:0.5" })).status).toBe(200);
        expect(await (await send("POST", "faults", { fault: "GetContext:503:2" })).json()).toMatchObject({
            message: expect.stringContaining("is not a valid fault") as string,
        });
        const { faults, calls } = await read<{ faults: { id: number }[]; calls: string[] }>("faults");
        expect(faults).toMatchObject([{ call: "GetContext", count: 2 }, { kind: "429=5" }]);
        expect(calls).toEqual(expect.arrayContaining(["*", "objects", "createSession", "SyncContext"]));
        expect((await send("DELETE", `faults?id=${faults[1]?.id}`)).status).toBe(200);
        expect((await send("DELETE", `faults?id=${faults[1]?.id}`)).status).toBe(400);
        expect(await read("overview")).toMatchObject({ faults: 1 });
        expect(agb.faults).toMatchObject([{ call: "GetContext", kind: "503", probability: 1 }]);
    });

    it("shows, downloads and deletes files, and never as something that a browser runs", async () => {
        const contextId = await createContext("data");
        const path = "/home/data/<img onerror='a'>; \"ü\".html";
        const html = "<script>alert(1)</script>";
        await put(contextId, path, html);
        const file = new URLSearchParams({ contextId, path }).toString();
        expect(await read(`file?${file}`)).toMatchObject({ text: html, size: html.length, omitted: 0 });
        const { headers, ...response } = await ask(`/local/console/download?${file}`, `Bearer ${consoleToken()}`).then(
            async (answer) => ({ headers: answer.headers, text: await answer.text() }),
        );
        expect(response.text).toBe(html);
        expect(headers.get("content-type")).toBe("application/octet-stream");
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("content-security-policy")).toContain("default-src 'none'");
        expect(headers.get("content-disposition")).toBe(
            "attachment; filename*=UTF-8''%3Cimg%20onerror%3D%27a%27%3E%3B%20%22%C3%BC%22.html",
        );
        expect((await send("DELETE", `file?${file}`)).status).toBe(200);
        expect((await send("DELETE", `file?${file}`)).status).toBe(400);
        expect((await ask(`/local/console/download?${file}`, `Bearer ${consoleToken()}`)).status).toBe(400);
    });

    it("shows the beginning of a large file, and no text of a binary one", async () => {
        const contextId = await createContext("data");
        await put(contextId, "/large", "ü".repeat(200_000));
        await put(contextId, "/binary", "a\0b");
        const large = await read<{ text: string; omitted: number }>(`file?contextId=${contextId}&path=/large`);
        expect(large).toEqual(expect.objectContaining({ text: "ü".repeat(131_072), omitted: 400_000 - 262_144 }));
        expect(await read(`file?contextId=${contextId}&path=/binary`)).not.toHaveProperty("text");
        expect(
            (await ask(`/local/console/file?contextId=${contextId}&path=/../api-key`, `Bearer ${consoleToken()}`))
                .status,
        ).toBe(400);
    });
});

describe("the console", () => {
    it("loads nothing from other origins and cannot be embedded", async () => {
        const response = await ask("/");
        expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
        const policy = response.headers.get("content-security-policy") ?? "";
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain("unsafe");
        const html = await response.text();
        for (const [, address = ""] of html.matchAll(/(?:src|href)="([^"#]+)"/g)) {
            if (address.startsWith("data:")) continue;
            expect(address).toMatch(/^\/local\/console\//);
            expect((await ask(address)).status).toBe(200);
        }
        expect(html).not.toContain(agb.apiKey);
    });
});
