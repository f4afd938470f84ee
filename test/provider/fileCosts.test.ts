/** What many files cost: how many are transferred and listed side by side, with how many requests, and how often each is read. */
import { mkdirSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forEachConcurrently } from "../../common/concurrency";
import type { AgbClient } from "../../provider/agb";
import { contextFolderHandlers as folder } from "../../provider/handlers/files/contextFolder";
import { startTestAgb, type TestAgb } from "../support/agb";
import { startAlteringProxy, type AlteringProxy } from "../support/alteringProxy";
import { accountOf, originOf } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

const FOLDER = "/home/work";
type Inputs = Parameters<typeof folder.create>[0]["inputs"];

let agb: TestAgb;
let proxy: AlteringProxy;
let contextId: string;
let source: string;
/** Holds requests back until that many are waiting: a client that sends them one after the other never gets an answer. */
let gate: { holds: (call: string, query: URLSearchParams) => boolean; size: number };
let waiting: (() => void)[];
let most: number;
const requests: string[] = [];
const count = (call: string) => requests.filter((one) => one === call).length;

beforeEach(async () => {
    agb = await startTestAgb({ log: ({ call }) => requests.push(call) });
    gate = { holds: () => false, size: 0 };
    [waiting, most] = [[], 0];
    proxy = await startAlteringProxy(agb.local, async (call, query) => {
        if (gate.holds(call, query)) {
            await new Promise<void>((resolve) => {
                waiting.push(resolve);
                most = Math.max(most, waiting.length);
                if (waiting.length >= gate.size) setImmediate(() => waiting.splice(0).forEach((pass) => pass()));
            });
        }
        return undefined;
    });
    contextId = (await agb.client.ensureContext("n")).id;
    source = tempFolder("costs");
    requests.length = 0;
});
afterEach(async () => {
    await proxy.close();
    await agb.close();
});

async function inputsOf(): Promise<Inputs> {
    const news = { contextId, path: FOLDER, source, __origin: originOf("data") };
    return (await folder.check({ olds: {}, news })).inputs as unknown as Inputs;
}

async function list(client: AgbClient): Promise<string[]> {
    const paths: string[] = [];
    for await (const { filePath } of client.walkContextFiles(contextId)) paths.push(filePath);
    return paths.sort();
}

it("32 files of a folder are uploaded side by side, with two requests each", async () => {
    for (let file = 0; file < 64; file++) writeFileSync(join(source, `file-${file}`), `${file}`);
    gate = { holds: (call) => call.startsWith("file-"), size: 32 };
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on("warning", note);
    const { state } = await folder.create({ inputs: await inputsOf(), account: accountOf(proxy.client) });
    expect(state.fileCount).toBe(64);
    expect(most).toBe(32);
    expect(count("GetContextFileUploadUrl")).toBe(64);
    expect(count("objects")).toBe(64);
    process.off("warning", note);
    expect(warnings).toEqual([]);
});

it("each file is read once when it is hashed and once when it is sent, and only a large one as a stream", async () => {
    writeFileSync(join(source, "small"), "small");
    writeFileSync(join(source, "large"), Buffer.alloc(100_000));
    // The real functions, which count their calls.
    const fs = process.getBuiltinModule("fs");
    const spies = [vi.spyOn(fs, "readFile"), vi.spyOn(fs, "createReadStream")];
    syncBuiltinESMExports();
    const reads = () => spies.map(({ mock }) => mock.calls.filter(([path]) => String(path).startsWith(source)).length);
    try {
        const inputs = await inputsOf();
        expect(reads()).toEqual([1, 1]);
        await folder.create({ inputs, account: accountOf(proxy.client) });
        expect(reads()).toEqual([2, 2]);
    } finally {
        for (const spy of spies) spy.mockRestore();
        syncBuiltinESMExports();
    }
    expect(await agb.content(contextId, `${FOLDER}/large`)).toBe("\0".repeat(100_000));
});

it("folders are listed side by side, each with one request", async () => {
    for (let sub = 0; sub < 12; sub++) {
        mkdirSync(join(source, `sub-${sub}`));
        writeFileSync(join(source, `sub-${sub}`, "file"), `${sub}`);
    }
    const inputs = await inputsOf();
    const isSubfolder = (query: URLSearchParams) => query.get("parentFolderPath")?.includes("/sub-") === true;
    gate = { holds: (call, query) => call === "DescribeContextFiles" && isSubfolder(query), size: 12 };
    const { state } = await folder.create({ inputs, account: accountOf(proxy.client) });
    requests.length = 0;
    expect(await folder.diff({ id: "x", state, inputs, account: accountOf(proxy.client) })).toMatchObject({
        changes: false,
    });
    expect(count("DescribeContextFiles")).toBe(13);
    expect(await list(proxy.client)).toHaveLength(12);
    expect(most).toBe(12);
});

it("the pages of a folder are read side by side, twice each", async () => {
    const paths = Array.from({ length: 160 }, (_, file) => `${FOLDER}/${file}`).sort();
    await forEachConcurrently(paths, 32, async (path) => {
        await agb.client.uploadContextFile(contextId, path, { text: "x" });
    });
    gate = { holds: (_call, query) => Number(query.get("pageNumber")) > 1, size: 3 };
    requests.length = 0;
    expect(await list(proxy.client)).toEqual(paths);
    expect(most).toBe(3);
    // Two for `/` and `/home`.
    expect(count("DescribeContextFiles")).toBe(2 + 2 * 4);
});
