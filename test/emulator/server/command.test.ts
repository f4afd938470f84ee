/** The command `pulumi-agb local`. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientOf } from "./client";
import { runLocal, startProcess, type ServerProcess } from "./process";

let folder: string;

let servers: ServerProcess[];

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "agb-command-"));
    servers = [];
});

afterEach(async () => {
    for (const server of servers) await server.end("SIGKILL");
    await rm(folder, { recursive: true, force: true });
});

async function start(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const server = await startProcess(join(folder, "data"), args, env);
    servers.push(server);
    return server;
}

describe("pulumi-agb local", () => {
    it("prints its address and how to use it, but no key, and exits cleanly on SIGINT and SIGTERM", async () => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
            const server = await start();
            const lines = server.output().split("\n");
            expect(lines[0]).toBe(`Local AGB at ${server.endpoint}`);
            expect(lines.slice(1, 4).join("\n")).toContain(`AGB_ENDPOINT=${server.endpoint}`);
            expect(server.output()).not.toContain(server.apiKey);
            expect(await clientOf(server).call("GET", "/sdk/ListContexts")).toMatchObject({ success: true });
            expect(await server.end(signal)).toBe(0);
            expect(await readdir(join(folder, "data"))).not.toContain("server.json");
        }
    });

    it("keeps contexts, files, sessions and its key across runs", async () => {
        const first = await start();
        const before = clientOf(first);
        const contextId = await before.createContext("data");
        await before.put(contextId, "/home/w/a", "a");
        const sessionId = await before.createSession([{ contextId, path: "/home/w" }], { labels: { a: "b" } });
        await expect.poll(async () => (await before.tasks(sessionId))[0]?.status).toBe("Success");
        await before.write(sessionId, "/home/w/b", "b");
        await first.end("SIGTERM");
        const second = await start();
        expect(second.apiKey).toBe(first.apiKey);
        const after = clientOf(second);
        expect(await after.files(contextId)).toEqual(["/home/w/a"]);
        expect(await after.read(sessionId, "/home/w/b")).toBe("b");
        expect(await after.data("GET", "/sdk/GetLabel", { query: { sessionId } })).toEqual({ labels: '{"a":"b"}' });
        await after.release(sessionId);
        expect(await after.files(contextId)).toEqual(["/home/w/a", "/home/w/b"]);
    });

    it("also accepts a key from a file or from AGB_API_KEY, and prints none", async () => {
        await writeFile(join(folder, "key"), "key-from-file\n");
        for (const [args, env, key] of [
            [["--api-key-file", join(folder, "key")], {}, "key-from-file"],
            [[], { AGB_API_KEY: "key-from-env" }, "key-from-env"],
        ] as const) {
            const server = await start([...args], env);
            const agb = clientOf(server);
            expect(await agb.call("GET", "/sdk/ListContexts", { key })).toMatchObject({ success: true });
            expect(await agb.call("GET", "/sdk/ListContexts")).toMatchObject({ success: true });
            expect(await agb.call("GET", "/sdk/ListContexts", { key: "key-from-elsewhere" })).toMatchObject({
                http: 401,
            });
            expect(server.output()).not.toContain(key);
            await server.end("SIGTERM");
        }
    });

    it("logs requests as JSON, and applies port, latency, faults and idle timeout", async () => {
        const first = await start();
        const { port } = new URL(first.endpoint);
        await first.end("SIGTERM");
        const server = await start([
            "--port",
            port,
            "--latency",
            "80",
            "--fault",
            "ListSession:429:1:1",
            "--idle-timeout",
            "1",
            "--log",
            "json",
        ]);
        expect(new URL(server.endpoint).port).toBe(port);
        const agb = clientOf(server);
        const begun = performance.now();
        expect(await agb.call("GET", "/sdk/ListSession")).toMatchObject({ http: 429 });
        expect(performance.now() - begun).toBeGreaterThan(75);
        const sessionId = await agb.createSession();
        await expect.poll(async () => (await agb.status(sessionId)).code).toBe("InvalidMcpSession.NotFound");
        const logged = server
            .output()
            .split("\n")
            .filter((line) => line.startsWith("{"))
            .map((line) => JSON.parse(line) as Record<string, unknown>);
        expect(logged[0]).toMatchObject({
            method: "GET",
            call: "ListSession",
            path: "/sdk/ListSession",
            status: 429,
            code: "Throttling.User",
        });
        expect(logged[1]).toMatchObject({ method: "POST", call: "createSession", status: 200 });
        expect(server.output()).not.toContain(server.apiKey);
    });

    it("reports invalid arguments in one line", async () => {
        const cases = [
            [["--port", "x"], "whole number"],
            [["--fault", "SyncContext"], "CALL:KIND:PROBABILITY"],
            [["--log", "xml"], "text, json"],
            [["--host", "0.0.0.0"], "--allow-remote"],
            [["--api-key-file", join(folder, "none")], "none"],
            [["--nonsense"], "--nonsense"],
        ] as const;
        for (const [args, words] of cases) {
            const { status, output } = await runLocal(["--data", join(folder, "data"), ...args]);
            expect(status, output).toBe(1);
            expect(output.trim().split("\n"), output).toHaveLength(1);
            expect(output).toContain(words);
        }
    });

    it("listens for other machines only with --allow-remote, and warns", async () => {
        const server = await start(["--host", "0.0.0.0", "--allow-remote"]);
        expect(server.output()).toMatch(/^warning: anyone who can reach 0\.0\.0\.0/);
    });

    it("reports that its port is in use and releases the data folder", async () => {
        const server = await start();
        const { status, output } = await runLocal([
            "--data",
            join(folder, "other"),
            "--port",
            new URL(server.endpoint).port,
        ]);
        expect(status).toBe(1);
        expect(output).toMatch(/^error: .*(in use|EADDRINUSE).*\n$/);
        const { output: again } = await runLocal([
            "--data",
            join(folder, "other"),
            "--port",
            new URL(server.endpoint).port,
        ]);
        expect(again).toBe(output);
    });

    it("does not touch a data folder that another server uses", async () => {
        const server = await start();
        const { status, output } = await runLocal(["--data", join(folder, "data")]);
        expect(status).toBe(73);
        expect(output).toBe(
            `error: ${join(folder, "data")} is already served by another local AGB, process ${server.child.pid ?? 0} at ${server.endpoint}. Use that one, or choose another data folder\n`,
        );
        expect(await clientOf(server).call("GET", "/sdk/ListContexts")).toMatchObject({ success: true });
    });

    it("exits when it is unused and no session exists", async () => {
        const server = await start(["--exit-when-unused", "1", "--idle-timeout", "3"]);
        const agb = clientOf(server);
        const sessionId = await agb.createSession();
        const ended = new Promise<number | null>((resolve) => server.child.once("close", resolve));
        const begun = performance.now();
        expect(await ended).toBe(0);
        expect(performance.now() - begun).toBeGreaterThan(2500);
        const next = clientOf(await start());
        expect(await next.status(sessionId)).toMatchObject({ code: "InvalidMcpSession.NotFound" });
    });
});
