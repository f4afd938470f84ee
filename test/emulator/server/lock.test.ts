/** The lock of a data folder, and the automatic start of a server. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startLocalAgb } from "../../../emulator/index";
import { lockFolder, AlreadyLockedError, unlockFolder } from "../../../emulator/lock";
import { defaultDataFolder, ensureLocalAgb } from "../../../provider/agb/localServer";
import { clientOf } from "./client";

let folder: string;

beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "agb-command-"));
});

afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
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
        expect(defaultDataFolder({}, "win32")).toMatch(/\/AppData\/Local\/pulumi-agb$/);
    });
});
