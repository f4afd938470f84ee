/** What the local AGB protects: its keys, its host names, and its own process. */
import { chmod, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startLocalAgb } from "../../../emulator/index";
import { tempFolder } from "../../support/tempFolder";
import { startServer } from "./client";
import { sendRaw } from "./paths";

describe("the key", () => {
    it("is required for every call; a wrong key is rejected with a message", async () => {
        const agb = await startServer();
        const calls = [
            ["GET", "/sdk/GetContext"],
            ["GET", "/sdk/ListContexts"],
            ["POST", "/sdk/ModifyContext"],
            ["POST", "/sdk/DeleteContext"],
            ["POST", "/sdk/ClearContext"],
            ["POST", "/sdk/GetContextFileUploadUrl"],
            ["POST", "/sdk/GetContextFileDownloadUrl"],
            ["POST", "/sdk/DescribeContextFiles"],
            ["POST", "/sdk/DeleteContextFile"],
            ["POST", "/mcp/createSession"],
            ["POST", "/mcp/getSession"],
            ["POST", "/mcp/getSessionInfo"],
            ["POST", "/mcp/releaseSessionAsync"],
            ["POST", "/mcp/releaseSession"],
            ["POST", "/mcp/refreshSessionIdleTime"],
            ["GET", "/sdk/ListSession"],
            ["POST", "/sdk/SetLabel"],
            ["GET", "/sdk/GetLabel"],
            ["GET", "/internet/getLink"],
            ["POST", "/mcp/getMcpResource"],
            ["POST", "/mcp"],
            ["POST", "/mcp/listTools"],
            ["POST", "/sdk/SyncContext"],
            ["GET", "/sdk/GetContextInfo"],
            ["POST", "/sdk/GetAndLoadInternalContext"],
        ] as const;
        for (const [method, path] of calls) {
            const reply = await agb.call(method, path, { key: "agb-wrong" });
            expect(reply, path).toMatchObject({
                http: 401,
                httpStatusCode: 401,
                success: false,
                code: "InvalidApiKey",
                message: expect.stringMatching(/key/) as string,
                requestId: expect.stringMatching(/./) as string,
            });
            expect((await agb.call(method, path)).http, path).not.toBe(401);
        }
    });

    it("is readable only by the user, and appears in no response and no log line", async () => {
        const lines: string[] = [];
        const agb = await startServer({ log: (line) => lines.push(JSON.stringify(line)) });
        expect((await stat(join(agb.local.dataFolder, "api-key"))).mode & 0o777).toBe(0o600);
        expect((await stat(join(agb.local.dataFolder, "signing-key"))).mode & 0o777).toBe(0o600);
        const contextId = await agb.createContext("data");
        const url = await agb.url("Upload", contextId, "/home/a");
        await agb.put(contextId, "/home/a", "a");
        const reply = await agb.call("GET", "/sdk/GetContext", { query: { id: contextId }, key: "wrong-key-1234" });
        expect(JSON.stringify(reply)).not.toContain("wrong-key-1234");
        await expect.poll(() => lines.length).toBeGreaterThan(3);
        const signature = new URL(url).searchParams.get("Signature") ?? "none";
        for (const line of lines) {
            for (const secret of [agb.apiKey, signature, "wrong-key-1234", "Signature"]) {
                expect(line).not.toContain(secret);
            }
        }
    });
});

describe.skipIf(process.platform === "win32")("a data folder that others can read", () => {
    const modes = async (folder: string, ...names: string[]): Promise<string[]> =>
        Promise.all(names.map(async (name) => ((await stat(join(folder, name))).mode & 0o777).toString(8)));

    it("is made private with all that is the server's", async () => {
        const folder = tempFolder("modes");
        await (await startLocalAgb({ dataFolder: folder })).close();
        await chmod(folder, 0o755);
        for (const name of ["api-key", "signing-key", "console-token", "state.jsonl"]) {
            await chmod(join(folder, name), 0o644);
        }
        for (const name of ["contexts", "sessions"]) await chmod(join(folder, name), 0o775);
        await writeFile(join(folder, "server.log"), "", { mode: 0o644 });
        await startServer({ dataFolder: folder });
        expect(
            await modes(folder, ".", "contexts", "sessions", "trash", "api-key", "signing-key", "console-token"),
        ).toEqual(["700", "700", "700", "700", "600", "600", "600"]);
        expect(await modes(folder, "state.jsonl", "server.log", "server.json")).toEqual(["600", "600", "600"]);
    });

    it("stays readable if it contains other files, but what is the server's does not", async () => {
        const folder = tempFolder("modes");
        await chmod(folder, 0o755);
        await writeFile(join(folder, "notes"), "", { mode: 0o644 });
        await startServer({ dataFolder: folder });
        expect(await modes(folder, ".", "notes", "contexts", "sessions", "lock", "api-key")).toEqual([
            "755",
            "644",
            "700",
            "700",
            "700",
            "600",
        ]);
    });
});

describe("the Host header", () => {
    it("must be an IP address or localhost, so no web page reaches the server under its own name", async () => {
        const agb = await startServer();
        const status = async (host: string) =>
            (await sendRaw(agb, "GET", "/sdk/ListContexts", { host, authorization: `Bearer ${agb.apiKey}` })).status;
        for (const host of ["127.0.0.1:1234", "localhost", "localhost:99", "agb.localhost:1", "[::1]:80", "10.0.0.1"]) {
            expect(await status(host), host).toBe(200);
        }
        for (const host of [
            "evil.example",
            "evil.example:80",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
        ]) {
            expect(await status(host), host).toBe(403);
        }
        const url = new URL(await agb.url("Download", await agb.createContext("a"), "/home/a"));
        expect((await sendRaw(agb, "GET", url.pathname + url.search, { host: "evil.example" })).status).toBe(403);
    });
});

describe("requests", () => {
    it("may carry long labels in their URL; longer ones are rejected with a message", async () => {
        const agb = await startServer();
        const sessionId = await agb.createSession();
        const set = (length: number) =>
            agb.call("POST", "/sdk/SetLabel", {
                query: { sessionId, Labels: JSON.stringify({ key: "x".repeat(length) }) },
            });
        expect(await set(30_000)).toMatchObject({ success: true });
        expect(await set(70_000)).toMatchObject({
            success: false,
            http: 431,
            code: "RequestTooLarge",
            message: "the URL with its parameters and headers exceeds 64 KiB",
        });
        expect(await set(10)).toMatchObject({ success: true });
    });

    it("that are too large, not JSON, or unknown are rejected, and the server keeps running", async () => {
        const agb = await startServer();
        const post = async (body: string) => {
            const answered = await agb.raw(`${agb.endpoint}/mcp/getSession`, {
                method: "POST",
                headers: { authorization: `Bearer ${agb.apiKey}`, "content-type": "application/json" },
                body,
            });
            return {
                http: answered.statusCode,
                ...((await answered.body.json()) as { success: boolean; message: string }),
            };
        };
        expect(
            await post(JSON.stringify({ sessionId: "x".repeat(9 * 1024 * 1024) })).catch(() => ({
                http: 413,
                success: false,
            })),
        ).toMatchObject({ http: 413, success: false });
        expect(await post("{")).toMatchObject({ http: 400, success: false, message: "the body is not valid JSON" });
        expect(await post("[1]")).toMatchObject({ http: 400, success: false });
        expect(await agb.call("GET", "/sdk/Nothing")).toMatchObject({
            http: 404,
            success: false,
            message: expect.stringContaining("/sdk/Nothing") as string,
        });
        expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ success: true });
    });
});
