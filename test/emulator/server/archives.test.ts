/** Mounts in archive mode. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, it } from "vitest";
import { openPromise } from "yauzl";
import { ZipFile } from "yazl";
import { startServer, type TestClient } from "./client";
import { ARCHIVE, MOUNT, present, writeAll } from "./mountedFiles";

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

    it.each([true, false])(
        "keeps a file of the user named archive.zip if deleteSrcFile is %s",
        async (deleteSrcFile) => {
            const agb = await startServer();
            const contextId = await agb.createContext("data");
            const policy = { ...ARCHIVE, extractPolicy: { deleteSrcFile } };
            const own = `${MOUNT}/archive.zip`;
            const first = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            await agb.write(first, own, "mine");
            await writeAll(agb, first, ["a"]);
            await agb.release(first);
            for (const file of ["b", "c"]) {
                const next = await agb.readySession([{ contextId, path: MOUNT, policy }]);
                expect(await agb.read(next, own)).toBe("mine");
                await writeAll(agb, next, [file]);
                await agb.sync(next);
                await agb.release(next);
                expect(await unzipNames(agb, contextId, own)).toEqual([
                    "a",
                    "archive.zip",
                    ...["b", "c"].slice(0, file === "b" ? 1 : 2),
                ]);
            }
        },
    );

    it("does not pack a downloaded archive in any of several uploads of a session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const policy = { ...ARCHIVE, extractPolicy: { deleteSrcFile: false } };
        const first = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        await writeAll(agb, first, ["a"]);
        await agb.release(first);
        const second = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        for (const file of ["b", "c"]) {
            await writeAll(agb, second, [file]);
            await agb.sync(second);
        }
        expect(await unzipNames(agb, contextId, `${MOUNT}/archive.zip`)).toEqual(["a", "b", "c"]);
    });

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
});
