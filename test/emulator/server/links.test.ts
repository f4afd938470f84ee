/** Links and archives in sessions and contexts never lead out of them. */
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { Tree } from "../../../emulator/disk/tree";
import { startServer } from "./client";
import { MOUNT } from "./mountedFiles";
import { findContent } from "./paths";

describe("links", () => {
    it("in a session are not followed by syncs, not even to elsewhere in the session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        const root = join(agb.local.dataFolder, "sessions", sessionId, "root");
        await symlink(join(agb.local.dataFolder, "api-key"), join(root, "home/w/key"));
        await symlink(agb.local.dataFolder, join(root, "home/w/all"));
        await symlink("../../..", join(root, "home/w/up"));
        await agb.write(sessionId, `${MOUNT}/plain`, "plain");
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({ status: "Success" });
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/plain`]);
    });

    it("cannot redirect a download out of the session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const outside = join(agb.local.dataFolder, "outside");
        await mkdir(outside);
        await writeFile(join(outside, "file"), "untouched");
        await agb.put(contextId, `${MOUNT}/folder/file`, "written");
        await agb.put(contextId, `${MOUNT}/link`, "written");
        const sessionId = await agb.readySession([
            { contextId, path: MOUNT, policy: { downloadPolicy: { autoDownload: false } } },
        ]);
        const mount = join(agb.local.dataFolder, "sessions", sessionId, "root", "home/w");
        await symlink(outside, join(mount, "folder"));
        await symlink(join(outside, "file"), join(mount, "link"));
        const download = (await agb.sync(sessionId, { mode: "download" })).at(-1);
        expect(download).toMatchObject({ taskType: "download", status: "Failed" });
        expect(await readFile(join(outside, "file"), "utf8")).toBe("untouched");
        expect(await readdir(outside)).toEqual(["file"]);
        // The one that was a link itself has been replaced by the file.
        expect(await agb.read(sessionId, `${MOUNT}/link`)).toBe("written");
    });

    it("that replace the mount cause a sync to fail", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.tool(sessionId, "move_file", { source: MOUNT, destination: "/home/real" });
        await symlink(agb.local.dataFolder, join(agb.local.dataFolder, "sessions", sessionId, "root", "home/w"));
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({ taskType: "upload", status: "Failed" });
        expect(await agb.files(contextId)).toEqual([]);
    });

    it("that appear and disappear during reads and writes leak nothing in either direction", async () => {
        const agb = await startServer();
        const { dataFolder } = agb.local;
        const [inside, outside] = [join(dataFolder, "inside"), join(dataFolder, "outside")];
        for (const folder of [inside, outside, join(inside, "real")]) await mkdir(folder);
        await writeFile(join(outside, "file"), "secret");
        await writeFile(join(inside, "real", "file"), "public");
        const tree = await Tree.open(inside);
        const end = new AbortController();
        const swap = (async () => {
            const steps: (() => Promise<unknown>)[] = [
                () => rename(join(inside, "real"), join(inside, "folder")),
                // For a few turns of the disk it is there to be read.
                ...Array.from({ length: 8 }, () => () => stat(inside)),
                () => rename(join(inside, "folder"), join(inside, "real")),
                () => symlink(outside, join(inside, "folder")),
                // What is in the way was made by the tree itself.
                () => rm(join(inside, "folder"), { recursive: true }),
            ];
            while (!end.signal.aborted) for (const step of steps) await step().catch(() => undefined);
        })();
        let reads = 0;
        for (let turn = 0; turn < 400 || reads < 3; turn++) {
            const handle = await tree.read("folder/file");
            if (handle) {
                reads++;
                expect(await handle.readFile("utf8")).toBe("public");
                await handle.close();
            }
            const draft = join(dataFolder, `draft-${turn}`);
            await writeFile(draft, "written");
            await tree.moveInto(draft, "folder/new").catch(() => undefined);
            for (const file of await tree.files()) expect(file.path).not.toContain("secret");
        }
        end.abort();
        await swap;
        expect(reads).toBeGreaterThan(0);
        expect(await readdir(outside)).toEqual(["file"]);
    });
});

describe("archives", () => {
    const policy = { uploadPolicy: { uploadMode: "Archive" } };

    it("with entries that lead out of the mount are rejected entirely", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const names = fc.constantFrom(
            "../evil",
            "a/../../evil",
            "/evil",
            "/etc/evil",
            "..\\evil",
            "C:\\evil",
            "C:/evil",
            "a/../../../../../../tmp/evil",
            "./../evil",
            "../w/../evil",
            "evil\0",
            "..",
        );
        await fc.assert(
            fc.asyncProperty(names, async (name) => {
                await agb.put(contextId, `${MOUNT}/seed.zip`, storedZip(name, "evil content"));
                const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
                expect(await agb.tasks(sessionId), name).toMatchObject([{ taskType: "download", status: "Failed" }]);
                expect(await findContent(join(agb.local.dataFolder, "sessions"), "evil content")).toEqual([]);
                await agb.release(sessionId);
                expect(await agb.files(contextId)).toEqual([`${MOUNT}/seed.zip`]);
            }),
            { numRuns: 30 },
        );
    });

    it("never create links", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const zip = new ZipFile();
        zip.addBuffer(Buffer.from("/etc/passwd"), "link", { mode: 0o120777 });
        zip.addBuffer(Buffer.from("plain"), "plain");
        zip.end();
        const file = join(agb.local.dataFolder, "links.zip");
        await pipeline(zip.outputStream, createWriteStream(file));
        await agb.put(contextId, `${MOUNT}/seed.zip`, await readFile(file));
        const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        expect(await readdir(join(agb.local.dataFolder, "sessions", sessionId, "root/home/w"))).toEqual(["plain"]);
    });

    it("that are corrupt cause the download to fail and remain unchanged", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/seed.zip`, "this is no archive");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        const [task] = await agb.tasks(sessionId);
        expect(task?.status).toBe("Failed");
        expect(task?.errorMessage).toContain("seed.zip");
        await agb.release(sessionId);
        expect(await agb.get(contextId, `${MOUNT}/seed.zip`)).toBe("this is no archive");
    });
});

/** An archive with one stored entry of any name, including names that archive libraries reject. */
function storedZip(name: string, content: string): Buffer {
    const [nameBytes, data] = [Buffer.from(name), Buffer.from(content)];
    const sum = crc32(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(0x800, 6);
    local.writeUInt32LE(sum, 14);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(data.length, 22);
    local.writeUInt16LE(nameBytes.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(0x800, 8);
    central.writeUInt32LE(sum, 16);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(data.length, 24);
    central.writeUInt16LE(nameBytes.length, 28);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 8);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(central.length + nameBytes.length, 12);
    end.writeUInt32LE(local.length + nameBytes.length + data.length, 16);
    return Buffer.concat([local, nameBytes, data, central, nameBytes, end]);
}
