/** `ContextFile` and `ContextFolder` with a service that lists files late, in part, or without their size and time. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WireContextFile } from "../../provider/agb";
import type { Account } from "../../provider/handlers/account";
import { contextFileHandlers as file } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers as folder } from "../../provider/handlers/files/contextFolder";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256 } from "../support/assets";
import { accountOf, originOf, partialFailure } from "../support/handlers";
import { startListingsProxy, type ListingsProxy } from "../support/listingsProxy";
import { tempFolder } from "../support/tempFolder";

const FOLDER = "/home/work";
const FILE = `${FOLDER}/a`;
type FileInputs = Parameters<typeof file.create>[0]["inputs"];
type FolderInputs = Parameters<typeof folder.create>[0]["inputs"];
type FileState = Awaited<ReturnType<typeof file.create>>["state"];

let agb: TestAgb;
let proxy: ListingsProxy;
let account: Account;
let contextId: string;
let source: string;
const requests: string[] = [];
const count = (call: string) => requests.filter((one) => one === call).length;

beforeEach(async () => {
    agb = await startTestAgb({ log: ({ call }) => requests.push(call) });
    proxy = await startListingsProxy(agb.local);
    contextId = (await agb.client.ensureContext("n")).id;
    source = tempFolder("listings");
    later();
});
afterEach(async () => {
    await proxy.close();
    await agb.close();
});

/** Starts a new deployment. */
function later(): void {
    requests.length = 0;
    account = accountOf(proxy.client);
}
const fileInputs = (news: Record<string, unknown>) =>
    file.check({ olds: {}, news: { contextId, path: FILE, __origin: originOf("a"), ...news } })
        .inputs as unknown as FileInputs;
const createFile = (news: Record<string, unknown>) => file.create({ inputs: fileInputs(news), account });
const diffFile = (made: { id: string; state: FileState }, content: string) =>
    file.diff({ ...made, inputs: fileInputs({ content }), account });
async function folderInputs(news: Record<string, unknown> = {}) {
    const declared = { contextId, path: FOLDER, source, __origin: originOf("data"), ...news };
    return (await folder.check({ olds: {}, news: declared })).inputs as unknown as FolderInputs;
}
const createFolder = async () => folder.create({ inputs: await folderInputs(), account });
const put = (text: string, path = FILE) => agb.client.uploadContextFile(contextId, path, { text });

const without =
    (...keys: (keyof WireContextFile)[]) =>
    (entries: WireContextFile[]) =>
        entries.map((entry) => ({ ...entry, ...Object.fromEntries(keys.map((key) => [key, undefined])) }));

describe("a service that lists no sizes", () => {
    beforeEach(() => {
        proxy.alter = without("size");
    });

    it("has files created, compared and taken over", async () => {
        const made = await createFile({ content: "mine" });
        expect(made.state).toMatchObject({ hash: sha256("mine"), size: 4 });
        later();
        expect(await diffFile(made, "mine")).toMatchObject({ changes: false });
        later();
        expect((await createFile({ content: "mine" })).state).toMatchObject({ hash: sha256("mine") });
        expect(count("GetContextFileUploadUrl")).toBe(0);
    });

    it("does not hide that an existing file is foreign", async () => {
        await put("theirs");
        await expect(createFile({ content: "mine" })).rejects.toThrow(/a file already exists there \(of \d{4}-/);
        proxy.alter = without("gmtModified");
        later();
        await expect(createFile({ content: "mine" })).rejects.toThrow("a file already exists there (6 bytes),");
        expect(await agb.content(contextId, FILE)).toBe("theirs");
    });

    it("has a file read whose hash is not known, even if it lists no times", async () => {
        await put("theirs");
        proxy.alter = without("size", "gmtModified");
        const { state } = (await file.read({ id: "x", state: { contextId, path: FILE }, account })) ?? {};
        expect(state).toMatchObject({ hash: sha256("theirs"), size: 6 });
    });
});

describe("a service that lists the same time for every version of a file", () => {
    beforeEach(() => {
        proxy.alter = (entries) =>
            entries.map((entry) => ({ ...entry, ...(entry.gmtModified && { gmtModified: "2026-01-01T00:00:00Z" }) }));
    });

    it("shows a change by the size", async () => {
        const made = await createFile({ content: "mine" });
        await put("longer");
        later();
        expect(await diffFile(made, "mine")).toMatchObject({ changes: true });
        expect(count("GetContextFileDownloadUrl")).toBe(0);
        const read = await file.read({ ...made, account });
        expect(read?.state).toMatchObject({ hash: sha256("longer"), size: 6 });
    });
});

describe("a service that lists an upload late", () => {
    /** Lists a context as it was, for a number of looks. */
    function lag(before: WireContextFile[], looks: number): void {
        let left = looks;
        proxy.alter = (entries) => (left-- > 0 ? before : entries);
    }

    it("is asked until it lists the new version of a file", async () => {
        const made = await createFile({ content: "a" });
        const before = (await agb.client.findContextFile(contextId, FILE)) as WireContextFile;
        await agb.local.clock.advance(5000);
        lag([before], 2);
        const { state } = await file.update({ ...made, inputs: fileInputs({ content: "longer" }), account });
        expect(state.modifiedTime).toBe((await agb.client.findContextFile(contextId, FILE))?.gmtModified);
        expect(state.modifiedTime).not.toBe(before.gmtModified);
    });

    it("is asked until it lists all files of a folder", async () => {
        writeFileSync(join(source, "a"), "a");
        writeFileSync(join(source, "b"), "b");
        const inputs = await folderInputs({ overwrite: true });
        let looks = 0;
        proxy.alter = (entries) => entries.filter(({ filePath }) => filePath === FILE || ++looks > 2);
        const { state } = await folder.create({ inputs, account });
        expect(Object.values(state.__listed)).toEqual(Array(2).fill(expect.stringMatching(/^1 .+/)));
    });

    it("is given up on after a while", async () => {
        proxy.alter = () => [];
        const { state, message } = await partialFailure(createFile({ content: "a" }));
        expect(message).toMatch(
            /^ContextFile "a" \(.+\) was uploaded, but AGB does not list it with its 1 bytes\. Run `pulumi up` again to repeat it\.$/,
        );
        expect(state.hash).toBeUndefined();
    });

    it("that never lists one file of a folder leaves the folder incomplete", async () => {
        writeFileSync(join(source, "a"), "a");
        writeFileSync(join(source, "b"), "b");
        proxy.alter = (entries) => entries.filter(({ filePath }) => filePath !== FILE);
        const { state, message } = await partialFailure(createFolder());
        expect(message).toContain("AGB accepted all files, but does not list all of them.");
        expect(state.files).toEqual({ a: sha256("a"), b: sha256("b") });
    });
});

it("folders are listed with or without a slash at their end", async () => {
    mkdirSync(join(source, "sub"));
    writeFileSync(join(source, "sub/a"), "a");
    proxy.alter = (entries) =>
        entries.map((entry) => (entry.fileType === "FOLDER" ? { ...entry, filePath: `${entry.filePath}/` } : entry));
    const { state } = await createFolder();
    later();
    expect(await folder.diff({ id: "x", state, inputs: await folderInputs(), account })).toMatchObject({
        changes: false,
    });
    expect(count("DescribeContextFiles")).toBe(2);
});

it("a folder that is listed as its own child is listed once", async () => {
    mkdirSync(join(source, "sub"));
    writeFileSync(join(source, "sub/a"), "a");
    const { state } = await createFolder();
    later();
    agb.fault("DescribeContextFiles:loop:1:4");
    expect(await folder.diff({ id: "x", state, inputs: await folderInputs(), account })).toMatchObject({
        changes: false,
    });
    expect(count("DescribeContextFiles")).toBe(2);
});
