/** File transfers to and from a context, against a local AGB and over broken connections. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AgbClient, AgbApiError, AgbConnectionError, digestOf } from "../../provider/agb";
import { SHORT_TIMINGS, startTestAgb, type TestAgb } from "../support/agb";
import { sha256 } from "../support/assets";
import { startCuttingProxy, type CuttingProxy } from "../support/cuttingProxy";
import { tempFolder } from "../support/tempFolder";

const MB = 1024 * 1024;
const folder = tempFolder("transfer");

let agb: TestAgb;
let contextId: string;
const requests: string[] = [];
beforeEach(async () => {
    requests.length = 0;
    agb = await startTestAgb({ log: ({ method, call }) => requests.push(`${method} ${call}`) });
    contextId = (await agb.client.ensureContext("n")).id;
});
afterEach(() => agb.close());

const content = async (file: string) => await buffer(await agb.client.downloadContextFile(contextId, file));
function localFile(name: string, bytes: Buffer | string): string {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
}

describe("an upload", () => {
    it("sends a file, a text or a stream, and returns its digest", async () => {
        const bytes = randomBytes(3 * MB + 17);
        expect(
            await agb.client.uploadContextFile(contextId, "/home/w/file", { file: localFile("file", bytes) }),
        ).toEqual({ hash: sha256(bytes), size: bytes.length });
        expect(await agb.client.uploadContextFile(contextId, "/home/w/text", { text: "ü" })).toEqual({
            hash: sha256("ü"),
            size: 2,
        });
        const open = () => Readable.from([bytes.subarray(0, 100), bytes.subarray(100, 200)]);
        expect(await agb.client.uploadContextFile(contextId, "/home/w/stream", { open, size: 200 })).toEqual({
            hash: sha256(bytes.subarray(0, 200)),
            size: 200,
        });
        expect((await content("/home/w/file")).equals(bytes)).toBe(true);
        expect((await content("/home/w/text")).toString()).toBe("ü");
        expect((await content("/home/w/stream")).equals(bytes.subarray(0, 200))).toBe(true);
    });

    it("sends empty files", async () => {
        expect(await agb.client.uploadContextFile(contextId, "/home/a", { text: "" })).toEqual({
            hash: sha256(""),
            size: 0,
        });
        expect(await agb.client.uploadContextFile(contextId, "/home/b", { file: localFile("empty", "") })).toEqual({
            hash: sha256(""),
            size: 0,
        });
        expect(await agb.client.findContextFile(contextId, "/home/b")).toMatchObject({ size: 0 });
    });

    it("reports progress", async () => {
        const seen: number[] = [];
        await agb.client.uploadContextFile(
            contextId,
            "/home/a",
            { file: localFile("big", randomBytes(MB)) },
            { onProgress: (bytes, of) => seen.push(bytes, of) },
        );
        expect(seen.at(-2)).toBe(MB);
        expect(new Set(seen.filter((_, i) => i % 2 === 1))).toEqual(new Set([MB]));
    });

    it.each(["objects:reset:1:1", "objects:503:1:1", "objects:429:1:1"])(
        "requests a new URL and restarts after %s",
        async (text) => {
            agb.fault(text);
            const bytes = randomBytes(MB);
            expect(
                await agb.client.uploadContextFile(contextId, "/home/a", { file: localFile("again", bytes) }),
            ).toEqual({ hash: sha256(bytes), size: MB });
            expect((await content("/home/a")).equals(bytes)).toBe(true);
            expect(requests.filter((request) => request === "POST GetContextFileUploadUrl")).toHaveLength(2);
            expect(requests.filter((request) => request === "PUT objects")).toHaveLength(2);
        },
    );

    it("reports the reason if the storage keeps failing, and keeps the old file intact", async () => {
        await agb.client.uploadContextFile(contextId, "/home/a", { text: "old" });
        agb.fault("objects:503:1:3");
        const failure: unknown = await agb.client
            .uploadContextFile(contextId, "/home/a", { text: "new" })
            .catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(AgbApiError);
        expect(failure).toMatchObject({
            call: "upload",
            httpStatus: 503,
            message: "AGB said: the service is unavailable (injected fault) (HTTP 503).",
        });
        expect((await content("/home/a")).toString()).toBe("old");
    });

    it("does not take a web page for an acknowledgement", async () => {
        await agb.client.uploadContextFile(contextId, "/home/a", { text: "old" });
        agb.fault("objects:html:1:3");
        await expect(agb.client.uploadContextFile(contextId, "/home/a", { text: "new" })).rejects.toThrow(
            /^http:.+ answered the upload with a web page \(HTTP 200\): this is not AGB's storage\. Check the network and its proxy\.$/,
        );
        expect((await content("/home/a")).toString()).toBe("old");
        agb.fault("objects:html:1:1");
        await agb.client.uploadContextFile(contextId, "/home/a", { text: "new" });
        expect((await content("/home/a")).toString()).toBe("new");
    });

    it("times out if the storage does not respond", async () => {
        agb.fault("objects:hang:1");
        const hasty = new AgbClient(
            { endpoint: agb.local.endpoint, apiKey: agb.local.apiKey, timeoutMs: 300 },
            SHORT_TIMINGS,
        );
        const big = localFile("stuck", randomBytes(16 * MB));
        await expect(hasty.uploadContextFile(contextId, "/home/a", { file: big })).rejects.toThrow(
            /did not answer upload within 0\.3 s/,
        );
        expect(await agb.client.findContextFile(contextId, "/home/a")).toBeUndefined();
        await hasty.close();
    });

    it("can be aborted", async () => {
        agb.fault("objects:hang:1");
        const upload = agb.client.uploadContextFile(
            contextId,
            "/home/a",
            { text: "a" },
            { signal: AbortSignal.timeout(100) },
        );
        await expect(upload).rejects.toThrow("The upload was canceled because it did not finish in time.");
        expect(requests.filter((request) => request === "POST GetContextFileUploadUrl")).toHaveLength(1);
    });

    it("sends nothing if the source is not a file, cannot be read, or changes during the read", async () => {
        const upload = (source: Parameters<AgbClient["uploadContextFile"]>[2]) =>
            agb.client.uploadContextFile(contextId, "/home/a", source);
        await expect(upload({ file: join(folder, "none") })).rejects.toThrow(/none cannot be read: ENOENT/);
        await expect(upload({ file: folder })).rejects.toThrow(/ is not a file\.$/);
        await expect(upload({ open: () => Readable.from([Buffer.from("four")]), size: 5 })).rejects.toThrow(
            "the stream changed while it was being read.",
        );
        await expect(upload({ open: () => Readable.from([Buffer.from("four")]), size: 3 })).rejects.toThrow(
            "the stream changed while it was being read.",
        );
        const broken = async function* () {
            yield await Promise.resolve(Buffer.from("a"));
            throw new Error("the disk is gone");
        };
        await expect(upload({ open: () => Readable.from(broken()), size: 5 })).rejects.toThrow(
            "the stream cannot be read: the disk is gone.",
        );
        expect(await agb.client.findContextFile(contextId, "/home/a")).toBeUndefined();
        expect(requests.filter((request) => request === "POST GetContextFileUploadUrl")).toHaveLength(3);
    });
});

describe("over broken connections", () => {
    let proxy: CuttingProxy;
    let client: AgbClient;
    beforeEach(async () => {
        proxy = await startCuttingProxy(agb.local.endpoint);
        client = new AgbClient(
            { endpoint: proxy.endpoint, apiKey: agb.local.apiKey, timeoutMs: 10_000 },
            SHORT_TIMINGS,
        );
    });
    afterEach(async () => {
        await client.close();
        proxy.close();
    });

    it("an interrupted upload is retried and arrives complete", async () => {
        const bytes = randomBytes(4 * MB);
        proxy.cutUploads.push(2 * MB, MB);
        expect(await client.uploadContextFile(contextId, "/home/a", { file: localFile("cut", bytes) })).toEqual({
            hash: sha256(bytes),
            size: bytes.length,
        });
        expect(proxy.cutUploads).toEqual([]);
        expect((await content("/home/a")).equals(bytes)).toBe(true);
    });

    it("an upload that is interrupted every time fails as possibly effective, and leaves no partial file", async () => {
        proxy.cutUploads.push(MB, MB, MB);
        const failure: unknown = await client
            .uploadContextFile(contextId, "/home/a", { file: localFile("cut", randomBytes(4 * MB)) })
            .catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(AgbConnectionError);
        expect(failure).toMatchObject({ call: "upload", mayHaveTakenEffect: true });
        expect(proxy.cutUploads).toEqual([]);
        expect(await agb.client.findContextFile(contextId, "/home/a")).toBeUndefined();
    });

    it("an upload stays possibly effective if its repetition is refused", async () => {
        let urls = 0;
        const refused = { call: "GetContextFileUploadUrl", kind: "403" };
        agb.fault("objects:reset-after:1:1");
        agb.local.faults.push(
            Object.defineProperty({ ...refused, probability: 0 }, "probability", { get: () => urls++ }),
        );
        const upload = agb.client.uploadContextFile(contextId, "/home/a", { text: "a" });
        await expect(upload).rejects.toMatchObject({ call: "upload", mayHaveTakenEffect: true });
        expect(await agb.client.findContextFile(contextId, "/home/a")).toBeDefined();
    });

    it("a partial download is never mistaken for a complete one", async () => {
        await agb.client.uploadContextFile(contextId, "/home/a", { file: localFile("down", randomBytes(4 * MB)) });
        proxy.cutDownloads.push(2 * MB);
        await expect(client.downloadContextFile(contextId, "/home/a").then(digestOf)).rejects.toBeInstanceOf(
            AgbConnectionError,
        );
    });
});

describe("a file in a context", () => {
    it("is found by path, on any page of its folder", async () => {
        for (let i = 0; i < 55; i++) await agb.client.uploadContextFile(contextId, `/home/w/${i}`, { text: `${i}` });
        await agb.client.uploadContextFile(contextId, "/home/w/z/deep", { text: "deep" });
        expect(await agb.client.findContextFile(contextId, "/home/w/9")).toMatchObject({
            filePath: "/home/w/9",
            size: 1,
        });
        expect(await agb.client.findContextFile(contextId, "/home/w/z/deep")).toMatchObject({ size: 4 });
        expect(await agb.client.findContextFile(contextId, "/home/w/none")).toBeUndefined();
        // A folder is not a file.
        expect(await agb.client.findContextFile(contextId, "/home/w/z")).toBeUndefined();
    });

    it("downloads as a stream with the same digest", async () => {
        const bytes = randomBytes(2 * MB + 1);
        await agb.client.uploadContextFile(contextId, "/home/a", { file: localFile("down", bytes) });
        expect(await digestOf(await agb.client.downloadContextFile(contextId, "/home/a"))).toEqual({
            hash: sha256(bytes),
            size: bytes.length,
        });
    });

    it("is distinguished from a missing file", async () => {
        await expect(agb.client.downloadContextFile(contextId, "/home/none")).rejects.toMatchObject({
            httpStatus: 404,
            message: "AGB said: the file does not exist (HTTP 404).",
        });
    });
});
