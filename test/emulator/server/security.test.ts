/** What the local AGB protects: keys, hosts, and everything outside sessions and contexts. */
import { createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import { Tree } from "../../../emulator/disk/tree";
import { startServer, type TestClient } from "./client";

const MOUNT = "/home/w";

/** Sends a request with a raw path that client libraries would normalize. */
function sendRaw(
    agb: TestClient,
    method: string,
    path: string,
    headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
    const { hostname, port } = new URL(agb.endpoint);
    return new Promise((resolve, reject) => {
        const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
            let body = "";
            response
                .setEncoding("utf8")
                .on("data", (chunk: string) => (body += chunk))
                .on("end", () => resolve({ status: response.statusCode ?? 0, body }));
        });
        sent.on("error", reject).end();
    });
}

/** All files in the data folder of a server that contain the marker `content`. */
async function findContent(folder: string, content: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const found: string[] = [];
    for (const entry of entries) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        if ((await readFile(path, "latin1")).includes(content)) found.push(path);
    }
    return found;
}

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

describe("paths", () => {
    const nasty = fc
        .oneof(
            fc
                .array(
                    fc.constantFrom(
                        "..",
                        ".",
                        "",
                        "a",
                        "home",
                        "tmp",
                        "\0",
                        "%2e%2e",
                        "..%2f",
                        "%00",
                        "\\..\\..",
                        "~",
                        "x".repeat(300),
                        "ü",
                        "con",
                        "state.jsonl",
                        "api-key",
                    ),
                    { minLength: 1, maxLength: 8 },
                )
                .map((parts) => parts.join("/")),
            fc.string({ unit: "binary", maxLength: 40 }),
        )
        .chain((path) => fc.constantFrom(path, `/${path}`, `/home/${path}`, `/tmp/../${path}`));

    it("of files never lead out of their context", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const { dataFolder } = agb.local;
        let number = 0;
        await fc.assert(
            fc.asyncProperty(nasty, async (path) => {
                const marker = `<marker ${number++}>`;
                const reply = await agb.call("POST", "/sdk/GetContextFileUploadUrl", {
                    query: { contextId, filePath: path },
                });
                if (!reply.success) {
                    expect(reply.http).toBe(400);
                    return;
                }
                const url = new URL((reply.data as { url: string }).url);
                const put = await agb.raw(url.href, { method: "PUT", body: marker });
                await put.body.dump();
                if (put.statusCode !== 200) {
                    expect(put.statusCode).toBeLessThan(500);
                    return;
                }
                expect(path.split("/")).not.toContain("..");
                const places = await findContent(dataFolder, marker);
                expect(places).toHaveLength(1);
                expect(places[0]?.startsWith(join(dataFolder, "contexts", `${contextId}.0`) + "/")).toBe(true);
                await agb.data("POST", "/sdk/DeleteContextFile", { query: { contextId, filePath: path } });
            }),
            { numRuns: 150 },
        );
    });

    it("of presigned URLs cannot be changed to another file", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, "/home/a", "a");
        const url = new URL(await agb.url("Download", contextId, "/home/a"));
        await fc.assert(
            fc.asyncProperty(
                fc.constantFrom("../", "..%2f", "%2e%2e/", "./", "//", "%00", "..;/", "\\..\\"),
                fc.integer({ min: 1, max: 6 }),
                fc.constantFrom("api-key", "state.jsonl", "etc/passwd", "home/b"),
                async (step, times, target) => {
                    const path = `/objects/${contextId}/home/${step.repeat(times)}${target}${url.search}`;
                    const { status, body } = await sendRaw(agb, "GET", path, { host: url.host });
                    expect([400, 403, 404]).toContain(status);
                    expect(body).not.toContain(agb.apiKey);
                },
            ),
            { numRuns: 100 },
        );
    });

    it("of mounts and syncs never lead out of the session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const before = (await readdir(agb.local.dataFolder)).sort();
        await fc.assert(
            fc.asyncProperty(nasty, async (path) => {
                const reply = await agb.call("POST", "/mcp/createSession", {
                    query: { imageId: "agb-code-space-1" },
                    body: { persistenceDataList: [{ contextId, path, policy: "{}" }] },
                });
                if (!reply.success) {
                    expect(reply.http).toBe(400);
                    return;
                }
                expect(path).toMatch(/^\/(?:\.?\/)*(home|tmp)(\/|$)/);
                expect(path.split("/")).not.toContain("..");
                const { sessionId } = reply.data as { sessionId: string };
                expect(await readdir(join(agb.local.dataFolder, "sessions", sessionId))).toEqual(["root"]);
                expect((await readdir(join(agb.local.dataFolder, "sessions", sessionId, "root"))).sort()).toEqual([
                    "home",
                    "tmp",
                ]);
                await agb.release(sessionId);
            }),
            { numRuns: 100 },
        );
        expect((await readdir(agb.local.dataFolder)).sort()).toEqual(before);
    });

    it("of policies never reach anything outside the mount", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, "/home/outside", "outside");
        await fc.assert(
            fc.asyncProperty(nasty, nasty, async (path, exclude) => {
                const policy = {
                    bwList: { whiteLists: [{ path, excludePaths: [exclude] }] },
                    recyclePolicy: { lifecycle: "Lifecycle_1Day", paths: [path] },
                    mappingPolicy: { path: `${path}/../..` },
                };
                const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
                await agb.release(sessionId);
                expect(await agb.get(contextId, "/home/outside")).toBe("outside");
            }),
            { numRuns: 40 },
        );
    });
});

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
