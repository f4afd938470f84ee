/** Mount policies. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { openPromise } from "yauzl";
import { ZipFile } from "yazl";
import { startServer, type Policy, type TestClient } from "./client";

const MOUNT = "/home/w";
const DAY = 24 * 60 * 60_000;
const ARCHIVE: Policy = { uploadPolicy: { uploadMode: "Archive" } };

async function writeAll(agb: TestClient, sessionId: string, files: readonly string[]): Promise<void> {
    for (const file of files) {
        await agb.tool(sessionId, "create_directory", { path: `${MOUNT}/${file}`.replace(/\/[^/]*$/, "") });
        await agb.write(sessionId, `${MOUNT}/${file}`, `content of ${file}`);
    }
}

async function present(agb: TestClient, sessionId: string, files: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const file of files) {
        if ((await agb.read(sessionId, `${MOUNT}/${file}`)) === `content of ${file}`) found.push(file);
    }
    return found;
}

async function zip(agb: TestClient, files: Record<string, string>): Promise<Buffer> {
    const zipFile = new ZipFile();
    for (const [name, content] of Object.entries(files)) zipFile.addBuffer(Buffer.from(content), name);
    zipFile.end();
    const file = join(agb.local.dataFolder, "test.zip");
    await pipeline(zipFile.outputStream, createWriteStream(file));
    return readFile(file);
}

/** The file names in an archive of a context. */
async function unzipNames(agb: TestClient, contextId: string, key: string): Promise<string[]> {
    const { body } = await agb.raw(await agb.url("Download", contextId, key), { method: "GET" });
    const file = join(agb.local.dataFolder, "fetched.zip");
    await pipeline(body, createWriteStream(file));
    const names: string[] = [];
    for await (const entry of (await openPromise(file, { lazyEntries: true })).eachEntry()) names.push(entry.fileName);
    return names.sort();
}

describe("upload and download policies", () => {
    it("download and upload everything if there is no policy or an empty one", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/old`, "content of old");
        for (const policy of [undefined, ""]) {
            const { sessionId } = await agb.data<{ sessionId: string }>("POST", "/mcp/createSession", {
                query: { imageId: "agb-code-space-1" },
                body: { persistenceDataList: [{ contextId, path: MOUNT, ...(policy !== undefined && { policy }) }] },
            });
            await agb.local.whenIdle();
            expect(await present(agb, sessionId, ["old"])).toEqual(["old"]);
            await writeAll(agb, sessionId, ["new"]);
            await agb.release(sessionId);
            expect(await agb.files(contextId)).toEqual([`${MOUNT}/new`, `${MOUNT}/old`]);
        }
    });

    it("without autoDownload, download only on request", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/old`, "content of old");
        const sessionId = await agb.readySession([
            {
                contextId,
                path: MOUNT,
                policy: { downloadPolicy: { autoDownload: false }, uploadPolicy: { autoUpload: false } },
            },
        ]);
        expect(await present(agb, sessionId, ["old"])).toEqual([]);
        await agb.sync(sessionId, { mode: "download" });
        expect(await present(agb, sessionId, ["old"])).toEqual(["old"]);
    });

    it("without autoUpload, upload on a sync but not on release", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([
            { contextId, path: MOUNT, policy: { uploadPolicy: { autoUpload: false } } },
        ]);
        await writeAll(agb, sessionId, ["synced"]);
        await agb.sync(sessionId);
        await writeAll(agb, sessionId, ["late"]);
        await agb.release(sessionId);
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/synced`]);
    });

    it("preserve the executable bit", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        for (const policy of [{}, ARCHIVE]) {
            await agb.data("POST", "/sdk/ClearContext", { query: { id: contextId } });
            const first = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            await agb.tool(first, "shell", {
                command: `printf '#!/bin/sh\\necho run' > ${MOUNT}/tool && chmod 755 ${MOUNT}/tool`,
                timeout_ms: 5000,
            });
            await agb.release(first);
            const second = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            const info = await agb.tool(second, "get_file_info", { path: `${MOUNT}/tool` });
            expect(info.text).toMatch(/mode:.*755|mode:.*rwxr-xr-x/);
            await agb.release(second);
        }
    });
});

describe("the delete policy", () => {
    for (const syncLocalFile of [true, false]) {
        it(`${syncLocalFile ? "removes" : "keeps"} in the context what the session deleted if syncLocalFile is ${syncLocalFile}`, async () => {
            const agb = await startServer();
            const contextId = await agb.createContext("data");
            await agb.put(contextId, `${MOUNT}/a/deleted`, "x");
            await agb.put(contextId, `${MOUNT}/kept`, "x");
            await agb.put(contextId, "/home/elsewhere", "x");
            const sessionId = await agb.readySession([
                { contextId, path: MOUNT, policy: { deletePolicy: { syncLocalFile } } },
            ]);
            await agb.remove(sessionId, `${MOUNT}/a/deleted`);
            await agb.sync(sessionId);
            expect(await agb.files(contextId)).toEqual([
                "/home/elsewhere",
                ...(syncLocalFile ? [] : [`${MOUNT}/a/deleted`]),
                `${MOUNT}/kept`,
            ]);
        });
    }

    it("allows a file to become a folder, and a folder a file", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await writeAll(agb, sessionId, ["a", "b/c"]);
        await agb.sync(sessionId);
        await agb.remove(sessionId, `${MOUNT}/a`);
        await agb.tool(sessionId, "shell", { command: `rm -r ${MOUNT}/b`, timeout_ms: 5000 });
        await writeAll(agb, sessionId, ["a/c", "b"]);
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({ status: "Success" });
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/a/c`, `${MOUNT}/b`]);
    });
});

describe("allowlists", () => {
    const all = ["src/a", "src/node_modules/m", "src/deep/node_modules/n", "srcs/b", "docs/c", "top"];
    const cases: [string, { path: string; excludePaths?: string[] }[], string[]][] = [
        ["that are empty let everything through", [], all],
        [
            "include everything below a path, matching whole components",
            [{ path: "/src" }],
            ["src/a", "src/node_modules/m", "src/deep/node_modules/n"],
        ],
        ["take paths without a leading slash too, and several", [{ path: "docs" }, { path: "top" }], ["docs/c", "top"]],
        [
            "interpret excludes relative to their entry's path",
            [{ path: "/src", excludePaths: ["/node_modules"] }],
            ["src/a", "src/deep/node_modules/n"],
        ],
        [
            "accept excludes relative to the mount",
            [{ path: "/src", excludePaths: ["/src/node_modules"] }],
            ["src/a", "src/deep/node_modules/n"],
        ],
        ["may exclude from everything", [{ path: "", excludePaths: ["src", "top"] }], ["srcs/b", "docs/c"]],
        [
            "treat wildcards literally",
            [{ path: "/s*" }, { path: "/src", excludePaths: ["*"] }],
            ["src/a", "src/node_modules/m", "src/deep/node_modules/n"],
        ],
    ];
    for (const [what, whiteLists, allowed] of cases) {
        it(`${what}, in both directions`, async () => {
            const agb = await startServer();
            const policy = { bwList: { whiteLists } };
            const up = await agb.createContext("up");
            const writer = await agb.readySession([{ contextId: up, path: MOUNT, policy }]);
            await writeAll(agb, writer, all);
            await agb.sync(writer);
            expect(await agb.files(up)).toEqual(allowed.map((file) => `${MOUNT}/${file}`).sort());
            const down = await agb.createContext("down");
            for (const file of all) await agb.put(down, `${MOUNT}/${file}`, `content of ${file}`);
            const reader = await agb.readySession([{ contextId: down, path: MOUNT, policy }]);
            expect(await present(agb, reader, all)).toEqual(all.filter((file) => allowed.includes(file)));
            // What is not let through is not deleted for being missing, either.
            await agb.sync(reader);
            expect(await agb.files(down)).toEqual(all.map((file) => `${MOUNT}/${file}`).sort());
        });
    }
});

describe("archive mode", () => {
    it("stores one archive in the mount's folder and restores every file", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const first = await agb.readySession([{ contextId, path: MOUNT, policy: ARCHIVE }]);
        await writeAll(agb, first, ["a", "sub/b"]);
        await agb.sync(first);
        const [archive = "", ...others] = await agb.files(contextId);
        expect(others).toEqual([]);
        expect(archive).toMatch(/^\/home\/w\/[^/]+\.zip$/);
        expect(await unzipNames(agb, contextId, archive)).toEqual(["a", "sub/b"]);

        await agb.remove(first, `${MOUNT}/a`);
        await writeAll(agb, first, ["c"]);
        await agb.release(first);
        expect(await agb.files(contextId)).toEqual([archive]);
        const second = await agb.readySession([{ contextId, path: MOUNT, policy: ARCHIVE }]);
        expect(await present(agb, second, ["a", "sub/b", "c"])).toEqual(["sub/b", "c"]);
        expect((await agb.tool(second, "list_directory", { path: MOUNT })).text).not.toContain(".zip");
    });

    it("keeps the archive in the session if deleteSrcFile is false, and does not pack it again", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const policy = { ...ARCHIVE, extractPolicy: { deleteSrcFile: false } };
        const first = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        await writeAll(agb, first, ["a"]);
        await agb.release(first);
        const second = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        expect(await present(agb, second, ["a"])).toEqual(["a"]);
        expect((await agb.tool(second, "list_directory", { path: MOUNT })).text).toContain(".zip");
        await writeAll(agb, second, ["b"]);
        await agb.release(second);
        const [archive = "", ...others] = await agb.files(contextId);
        expect(others).toEqual([]);
        expect(await unzipNames(agb, contextId, archive)).toEqual(["a", "b"]);
    });

    it("downloads the archive unextracted if extract is false, without losing data", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const first = await agb.readySession([{ contextId, path: MOUNT, policy: ARCHIVE }]);
        await writeAll(agb, first, ["a"]);
        await agb.release(first);
        const [archive = ""] = await agb.files(contextId);
        const second = await agb.readySession([
            { contextId, path: MOUNT, policy: { ...ARCHIVE, extractPolicy: { extract: false } } },
        ]);
        expect((await agb.tool(second, "list_directory", { path: MOUNT })).text).toBe(
            `[FILE] ${archive.slice(MOUNT.length + 1)}`,
        );
        await agb.release(second);
        expect(await unzipNames(agb, contextId, archive)).toEqual(["a"]);
        const third = await agb.readySession([{ contextId, path: MOUNT, policy: ARCHIVE }]);
        expect(await present(agb, third, ["a"])).toEqual(["a"]);
    });

    for (const [extractToCurrentFolder, key] of [
        [true, "extractToCurrentFolder"],
        [false, "extractToCurrentFolder"],
        [true, "extractCurrentFolder"],
    ] as const) {
        it(`extracts an archive in a folder ${extractToCurrentFolder ? "in place" : "to the mount"} if ${key} is ${extractToCurrentFolder}`, async () => {
            const agb = await startServer();
            const contextId = await agb.createContext("data");
            await agb.put(contextId, `${MOUNT}/sub/seed.zip`, await zip(agb, { a: "A", "deep/b": "B" }));
            const sessionId = await agb.readySession([
                { contextId, path: MOUNT, policy: { ...ARCHIVE, extractPolicy: { [key]: extractToCurrentFolder } } },
            ]);
            const base = extractToCurrentFolder ? `${MOUNT}/sub` : MOUNT;
            expect(await agb.tasks(sessionId)).toMatchObject([{ status: "Success", errorMessage: "" }]);
            expect([await agb.read(sessionId, `${base}/a`), await agb.read(sessionId, `${base}/deep/b`)]).toEqual([
                "A",
                "B",
            ]);
        });
    }

    it("applies the allowlist", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const policy = { ...ARCHIVE, bwList: { whiteLists: [{ path: "/src", excludePaths: ["/tmp"] }] } };
        const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        await writeAll(agb, sessionId, ["src/a", "src/tmp/b", "c"]);
        await agb.sync(sessionId);
        const [archive = ""] = await agb.files(contextId);
        expect(await unzipNames(agb, contextId, archive)).toEqual(["src/a"]);
    });

    it("does not extract archives in a mount in file mode", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/mine.zip`, await zip(agb, { a: "A" }));
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        expect((await agb.tool(sessionId, "list_directory", { path: MOUNT })).text).toBe("[FILE] mine.zip");
        await agb.release(sessionId);
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/mine.zip`]);
    });

    it("is rejected for a context with plain files, and vice versa, until it is cleared", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const plain = await agb.readySession([{ contextId, path: MOUNT }]);
        await writeAll(agb, plain, ["a"]);
        await agb.release(plain);
        const create = (policy: Policy) =>
            agb.call("POST", "/mcp/createSession", {
                query: { imageId: "agb-code-space-1" },
                body: { persistenceDataList: [{ contextId, path: MOUNT, policy: JSON.stringify(policy) }] },
            });
        expect(await create(ARCHIVE)).toMatchObject({
            success: false,
            http: 400,
            message: expect.stringContaining("upload mode File") as string,
        });
        await agb.data("POST", "/sdk/ClearContext", { query: { id: contextId } });
        await agb.local.whenIdle();
        expect(await create(ARCHIVE)).toMatchObject({ success: true });
    });
});

describe("the mapping policy", () => {
    it("shows data from another path at the mount, and uploads to the mount's own path", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const first = await agb.readySession([{ contextId, path: "/tmp/old" }]);
        await agb.write(first, "/tmp/old/f", "f");
        await agb.release(first);
        const mount = { contextId, path: "/home/new", policy: { mappingPolicy: { path: "/tmp/old" } } };
        const second = await agb.readySession([mount]);
        expect(await agb.tasks(second)).toMatchObject([{ path: "/home/new", status: "Success" }]);
        expect(await agb.read(second, "/home/new/f")).toBe("f");
        await agb.write(second, "/home/new/f", "changed");
        await agb.release(second);
        expect(await agb.files(contextId)).toEqual(["/home/new/f", "/tmp/old/f"]);
        const third = await agb.readySession([mount]);
        expect(await agb.read(third, "/home/new/f")).toBe("changed");
    });
});

describe("the recycle policy", () => {
    it("deletes files whose last upload is older than the lifecycle, even after the session has ended", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const policy = { recyclePolicy: { lifecycle: "Lifecycle_3Days", paths: ["cache", "/tmp"] } };
        const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        await writeAll(agb, sessionId, ["cache/a", "tmp/b", "kept"]);
        await agb.release(sessionId);
        await agb.put(contextId, "/home/other/cache/x", "x");
        await agb.local.clock.advance(2 * DAY);
        await agb.put(contextId, `${MOUNT}/tmp/b`, "uploaded again");
        await agb.local.clock.advance(0.9 * DAY);
        expect(await agb.files(contextId)).toContain(`${MOUNT}/cache/a`);
        await agb.local.clock.advance(0.2 * DAY);
        expect(await agb.files(contextId)).toEqual(["/home/other/cache/x", `${MOUNT}/kept`, `${MOUNT}/tmp/b`]);
        await agb.local.clock.advance(2 * DAY);
        expect(await agb.files(contextId)).toEqual(["/home/other/cache/x", `${MOUNT}/kept`]);
    });

    it("keeps everything by default, and applies to the whole mount if no path is set", async () => {
        const agb = await startServer();
        const [forever, day] = [await agb.createContext("forever"), await agb.createContext("day")];
        const sessionId = await agb.readySession([
            { contextId: forever, path: "/home/f" },
            { contextId: day, path: "/home/d", policy: { recyclePolicy: { lifecycle: "Lifecycle_1Day" } } },
        ]);
        await agb.write(sessionId, "/home/f/a", "a");
        await agb.write(sessionId, "/home/d/a", "a");
        await agb.release(sessionId);
        await agb.local.clock.advance(361 * DAY);
        expect(await agb.files(forever)).toEqual(["/home/f/a"]);
        expect(await agb.files(day)).toEqual([]);
    });
});
