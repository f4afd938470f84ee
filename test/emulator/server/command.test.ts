/** The command `pulumi-agb local`, the lock of its data folder, and the automatic start of a server. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startLocalAgb } from "../../../emulator/index";
import { lockFolder, AlreadyLockedError, unlockFolder } from "../../../emulator/lock";
import { defaultDataFolder, ensureLocalAgb } from "../../../provider/agb/localServer";
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
        expect(server.output()).toMatch(/^Warning: anyone who can reach 0\.0\.0\.0/);
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

describe("the lock of a data folder", () => {
    const lock = () => lockFolder(folder, () => Promise.resolve(undefined));

    it("has one owner at a time", async () => {
        await lock();
        await expect(lock()).rejects.toBeInstanceOf(AlreadyLockedError);
        await unlockFolder(folder);
        await lock();
        await expect(lock()).rejects.toThrow(`process ${process.pid}`);
    });

    it("is released, like everything else, when a server in this process fails to start", async () => {
        const running = await startLocalAgb();
        try {
            const port = Number(new URL(running.endpoint).port);
            await expect(startLocalAgb({ dataFolder: folder, port })).rejects.toThrow(
                `the local AGB cannot listen on port ${port} of 127.0.0.1: address already in use (EADDRINUSE). Choose another`,
            );
            await writeFile(join(folder, "state.jsonl"), "this is no state\n");
            await expect(startLocalAgb({ dataFolder: folder })).rejects.toThrow("is damaged");
            await writeFile(join(folder, "state.jsonl"), "");
            await (await startLocalAgb({ dataFolder: folder })).close();
            vi.stubEnv("TMPDIR", folder);
            await expect(startLocalAgb({ port })).rejects.toThrow("EADDRINUSE");
            expect((await readdir(folder)).filter((name) => name.startsWith("local-agb-"))).toEqual([]);
        } finally {
            vi.unstubAllEnvs();
            await running.close();
        }
    });

    it("passes on from a process that has ended, even if its pid was reused", async () => {
        await lock();
        for (const owner of [
            { pid: 2 ** 22 + 1, started: "" },
            { pid: process.pid, started: "another boot 1" },
        ]) {
            const last =
                (await readdir(join(folder, "lock")))
                    .map(Number)
                    .sort((a, b) => a - b)
                    .at(-1) ?? 0;
            await writeFile(join(folder, "lock", String(last + 1)), JSON.stringify(owner));
            await lock();
            await expect(lock()).rejects.toBeInstanceOf(AlreadyLockedError);
        }
    });
});

describe("ensureLocalAgb", () => {
    // Of many that ask at once each starts a server: one that was slow to see that it is not needed may come up when the others are gone.
    afterEach(() => void spawnSync("pkill", ["-KILL", "-f", folder]));

    const stop = async (dataFolder: string) => {
        const { pid } = JSON.parse(await readFile(join(dataFolder, "server.json"), "utf8")) as { pid: number };
        process.kill(pid, "SIGKILL");
        await expect
            .poll(() => {
                try {
                    process.kill(pid, 0);
                    return false;
                } catch {
                    return true;
                }
            })
            .toBe(true);
    };

    it("starts one server for concurrent callers, with a private key, and restarts it after a crash", async () => {
        const dataFolder = join(folder, "data");
        const found = await Promise.all(Array.from({ length: 6 }, () => ensureLocalAgb({ dataFolder })));
        const [first] = found;
        if (first === undefined) throw new Error("nothing was found");
        expect(new Set(found.map(({ endpoint }) => endpoint)).size).toBe(1);
        expect((await stat(join(dataFolder, "api-key"))).mode & 0o777).toBe(0o600);
        const agb = clientOf(first);
        const contextId = await agb.createContext("data");
        expect(await ensureLocalAgb({ dataFolder })).toEqual(first);
        await stop(dataFolder);
        const again = await ensureLocalAgb({ dataFolder });
        expect(again.apiKey).toBe(first.apiKey);
        expect(await clientOf(again).data("GET", "/sdk/GetContext", { query: { id: contextId } })).toMatchObject({
            name: "data",
        });
        await stop(dataFolder);
    });

    it("does not pass the user's key to the background server", async () => {
        const dataFolder = join(folder, "data");
        process.env.AGB_API_KEY = "the-users-own-key";
        try {
            const found = await ensureLocalAgb({ dataFolder });
            expect(await clientOf(found).call("GET", "/sdk/ListContexts", { key: "the-users-own-key" })).toMatchObject({
                http: 401,
            });
            expect(await readFile(join(dataFolder, "server.log"), "utf8")).not.toContain("the-users-own-key");
        } finally {
            delete process.env.AGB_API_KEY;
            await stop(dataFolder);
        }
    });

    it("reports in one line why it cannot start", async () => {
        await writeFile(join(folder, "file"), "");
        await expect(ensureLocalAgb({ dataFolder: join(folder, "file", "data") })).rejects.toThrow(
            /^the local AGB cannot be started: its data folder .* is not writable \(ENOTDIR\)\. Choose another one with AGB_LOCAL_DATA$/,
        );
        await writeFile(join(folder, "state.jsonl"), "this is no state\n");
        await expect(ensureLocalAgb({ dataFolder: folder })).rejects.toThrow(
            /^the local AGB cannot be started: [^\n]*state\.jsonl[^\n]*$/,
        );
    });

    it("stores its data in the platform's application data folder", () => {
        expect(defaultDataFolder({ XDG_DATA_HOME: "/x" }, "linux")).toBe("/x/pulumi-agb");
        expect(defaultDataFolder({}, "linux")).toMatch(/\/\.local\/share\/pulumi-agb$/);
        expect(defaultDataFolder({}, "darwin")).toMatch(/\/Library\/Application Support\/pulumi-agb$/);
        expect(defaultDataFolder({ LOCALAPPDATA: "/local" }, "win32")).toBe("/local/pulumi-agb");
    });
});
