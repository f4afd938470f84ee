/** Files of contexts and their presigned URLs. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { startServer } from "./client";

const curl = (...args: string[]) =>
    promisify(execFile)("curl", ["--silent", "--show-error", "--noproxy", "*", ...args]);

interface Listed {
    fileName: string;
    filePath: string;
    fileType: string;
    size: number;
    gmtModified: string;
    status: string;
}

describe("files of a context", () => {
    it("can be uploaded and downloaded with curl, without a key", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        const file = join(agb.local.dataFolder, "here.bin");
        const bytes = randomBytes(300_000);
        await writeFile(file, bytes);
        const put = await curl(
            "--upload-file",
            file,
            "--dump-header",
            "-",
            await agb.url("Upload", id, "/home/ü b/c+d%.bin"),
        );
        expect(put.stdout).toContain("200 OK");
        const get = await curl(
            "--fail",
            "--output",
            `${file}.back`,
            "--dump-header",
            "-",
            await agb.url("Download", id, "/home/ü b/c+d%.bin"),
        );
        const etag = (headers: string) => /^etag: "[^"]+"/m.exec(headers)?.[0] ?? "none";
        expect(etag(put.stdout)).toBe(etag(get.stdout));
        const { stdout } = await promisify(execFile)("cmp", [file, `${file}.back`]);
        expect(stdout).toBe("");
        expect(await agb.files(id)).toEqual(["/home/ü b/c+d%.bin"]);
    });

    it("may be empty, and are replaced atomically", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a", "a longer text");
        await agb.put(id, "/home/a", "");
        expect(await agb.get(id, "/home/a")).toBe("");
        await agb.put(id, "/home/a", "new");
        expect(await agb.get(id, "/home/a")).toBe("new");
    });

    it("have URLs that are valid only for the signed method and file", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a", "a");
        await agb.put(id, "/home/b", "b");
        const status = async (url: string, method: "GET" | "PUT") => {
            const { statusCode, body } = await agb.raw(url, { method, body: method === "PUT" ? "x" : null });
            await body.dump();
            return statusCode;
        };
        const download = await agb.url("Download", id, "/home/a");
        expect(await status(download, "GET")).toBe(200);
        expect(await status(download, "PUT")).toBe(403);
        expect(await status(await agb.url("Upload", id, "/home/a"), "GET")).toBe(403);
        expect(await status(download.replace("/home/a", "/home/b"), "GET")).toBe(403);
        expect(await status(download.replace(/Expires=(\d)/, "Expires=9$1"), "GET")).toBe(403);
        expect(await status(download.replace(/&Signature=.*/, ""), "GET")).toBe(403);
        expect(await agb.get(id, "/home/a")).toBe("a");
    });

    it("have URLs that expire at the announced time", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a", "a");
        const { url, expireTime } = await agb.data<{ url: string; expireTime: number }>(
            "POST",
            "/sdk/GetContextFileDownloadUrl",
            { query: { contextId: id, filePath: "/home/a" } },
        );
        expect(Number.isInteger(expireTime)).toBe(true);
        const remaining = expireTime * 1000 - agb.local.clock.now();
        await agb.local.clock.advance(remaining - 5000);
        expect((await agb.raw(url, { method: "GET" })).statusCode).toBe(200);
        await agb.local.clock.advance(7000);
        expect((await agb.raw(url, { method: "GET" })).statusCode).toBe(403);
    });

    it("respond with 404 if the file does not exist", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        expect(await agb.get(id, "/home/none")).toBeUndefined();
        expect(
            await agb.call("POST", "/sdk/DeleteContextFile", { query: { contextId: id, filePath: "/home/none" } }),
        ).toMatchObject({ success: false });
        expect(
            await agb.call("POST", "/sdk/GetContextFileUploadUrl", {
                query: { contextId: "SdkCtx-none", filePath: "/home/a" },
            }),
        ).toMatchObject({ success: false });
    });

    it("have URLs with the requested host, so forwarded ports work", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        const { data } = await agb.call("POST", "/sdk/GetContextFileUploadUrl", {
            query: { contextId: id, filePath: "/home/a" },
            headers: { host: "localhost:1234" },
        });
        expect(data).toMatchObject({ url: expect.stringMatching(/^http:\/\/localhost:1234\/objects\//) as string });
    });

    it("are listed by folder in pages, and leave the list as soon as they are deleted", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        const names = Array.from({ length: 7 }, (_, index) => `f${index}.txt`);
        for (const name of names) await agb.put(id, `/home/w/${name}`, name);
        await agb.put(id, "/home/w/sub/deep.txt", "deep");
        const list = (query: Record<string, string | number>) =>
            agb.call("POST", "/sdk/DescribeContextFiles", { query: { contextId: id, ...query } });
        const first = await list({ parentFolderPath: "/home/w", pageNumber: 1, pageSize: 3 });
        expect(first.count).toBe(8);
        expect((first.data as Listed[])[0]).toMatchObject({
            fileName: "f0.txt",
            filePath: "/home/w/f0.txt",
            fileType: "FILE",
            size: 6,
            status: "available",
        });
        const third = (await list({ parentFolderPath: "/home/w/", pageNumber: 3, pageSize: 3 })).data as Listed[];
        expect(third.map(({ fileName, fileType }) => [fileName, fileType])).toEqual([
            ["f6.txt", "FILE"],
            ["sub", "FOLDER"],
        ]);
        expect(await list({ parentFolderPath: "/home/w", pageNumber: 9, pageSize: 3 })).toMatchObject({
            success: true,
            data: [],
            count: 8,
        });
        expect(await list({})).toMatchObject({ success: true, data: [{ filePath: "/home", fileType: "FOLDER" }] });
        expect(await list({ parentFolderPath: "" })).toMatchObject({ success: true, data: [{ filePath: "/home" }] });
        expect(await list({ parentFolderPath: "/nowhere" })).toMatchObject({ success: true, data: [], count: 0 });

        await agb.data("POST", "/sdk/DeleteContextFile", {
            query: { contextId: id, filePath: "/home/w/sub/deep.txt" },
        });
        expect((await list({ parentFolderPath: "/home/w" })).count).toBe(7);
        expect(await agb.get(id, "/home/w/sub/deep.txt")).toBeUndefined();
    });

    it("are rejected before the first byte if they exceed the maximum of one PUT", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const upload = request(await agb.url("Upload", contextId, "/home/a/f"), {
            method: "PUT",
            headers: { "content-length": 5 * 1024 ** 3 + 1 },
        });
        upload.on("error", () => undefined).flushHeaders();
        const [answered] = (await once(upload, "response")) as [IncomingMessage];
        expect(answered.statusCode).toBe(413);
        expect(await text(answered)).toContain("5 GiB");
        upload.destroy();
    });

    it("store nothing of an interrupted upload", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a", "whole");
        const url = await agb.url("Upload", id, "/home/a");
        async function* half() {
            yield Buffer.alloc(100_000, "x");
            await new Promise((resolve) => setTimeout(resolve, 50));
            throw new Error("gone");
        }
        await expect(
            agb.raw(url, { method: "PUT", headers: { "content-length": "200000" }, body: half() as never }),
        ).rejects.toThrow();
        expect(await agb.get(id, "/home/a")).toBe("whole");
        expect(await agb.files(id)).toEqual(["/home/a"]);
    });

    it("reject a path that leads through another file", async () => {
        const agb = await startServer();
        const id = await agb.createContext("data");
        await agb.put(id, "/home/a", "a");
        const { statusCode, body } = await agb.raw(await agb.url("Upload", id, "/home/a/b"), {
            method: "PUT",
            body: "b",
        });
        expect(statusCode).toBe(409);
        expect(await body.text()).toContain("one of its parent folders is a file");
        expect(await agb.get(id, "/home/a")).toBe("a");
    });
});
