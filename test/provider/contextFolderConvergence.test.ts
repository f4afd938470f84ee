/** `ContextFolder` after kills, replacements and changes of shape, with unusual names, and after sessions changed its files. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextFolderHandlers as folder } from "../../provider/handlers/files/contextFolder";
import { startTestAgb, type TestAgb } from "../support/agb";
import { sha256 } from "../support/assets";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

const FOLDER = "/home/work/data";
type Inputs = Parameters<typeof folder.create>[0]["inputs"];
type State = Awaited<ReturnType<typeof folder.create>>["state"];

let agb: TestAgb;
let contextId: string;
let account: Account;
let source: string;
const requests: string[] = [];
const { reporter, lines: reported } = recordingReporter();
const count = (request: string) => requests.filter((one) => one === request).length;

beforeEach(async () => {
    agb = await startTestAgb({ log: ({ method, call }) => requests.push(`${method} ${call}`) });
    contextId = (await agb.client.ensureContext("n")).id;
    source = tempFolder("source");
    later();
});
afterEach(() => agb.close());

/** Starts a new deployment. */
function later(): void {
    requests.length = reported.length = 0;
    account = accountOf(agb.client, reporter);
}
/** Makes the local folder hold exactly these files. */
function write(files: [string, string][]): void {
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source);
    for (const [file, content] of files) {
        mkdirSync(dirname(join(source, file)), { recursive: true });
        writeFileSync(join(source, file), content);
    }
}
async function inputs(news: Record<string, unknown> = {}, olds: object = {}): Promise<Inputs> {
    const declared = { contextId, path: FOLDER, source, __origin: originOf("data"), ...news };
    const { inputs: checked, failures } = await folder.check({ olds: asStored({ ...olds }), news: declared });
    expect(failures).toEqual([]);
    return asStored(checked as unknown as Inputs);
}
/** What a state file makes of a value. */
const asStored = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const create = async (news: Record<string, unknown> = {}) =>
    asStored(await folder.create({ inputs: await inputs(news), account }));
const diff = async (state: State, news: Record<string, unknown> = {}) =>
    folder.diff({ id: "x", state: asStored(state), inputs: await inputs(news), account });
const update = async (state: State, news: Record<string, unknown> = {}) =>
    asStored((await folder.update({ id: "x", state: asStored(state), inputs: await inputs(news), account })).state);
const remove = (state: State) => folder.delete({ id: "x", state: asStored(state), account });
const put = (file: string, text: string) => agb.client.uploadContextFile(contextId, `${FOLDER}/${file}`, { text });
const content = (file: string) => agb.content(contextId, `${FOLDER}/${file}`);
const files = async () => (await agb.files(contextId)).map((path) => path.slice(FOLDER.length + 1));

describe("files whose names objects have already", () => {
    const NAMES = [
        "__proto__",
        "constructor",
        "hasOwnProperty",
        "toString",
        "__proto__2/__proto__",
        "valueOf/__proto__",
    ];

    it("are uploaded, compared, read and removed like any other", async () => {
        write(NAMES.map((name) => [name, name]));
        const { state } = await create();
        expect(state.files).toEqual(
            asStored(
                Object.fromEntries(NAMES.map((name) => [name === "__proto__" ? "./__proto__" : name, sha256(name)])),
            ),
        );
        expect(state.fileCount).toBe(NAMES.length);
        expect(state.totalSize).toBe(NAMES.join("").length);
        expect((await files()).sort()).toEqual([...NAMES].sort());
        later();
        expect(await diff(state)).toMatchObject({ changes: false });
        expect(asStored((await folder.read({ id: "x", state, account })) ?? {})).toEqual({ state });
        requests.length = 0;
        expect(await update(state, { overwrite: true })).toEqual({ ...state, overwrite: true });
        expect(count("PUT objects")).toBe(0);

        await agb.local.clock.advance(5000);
        await put("__proto__", "changed by a session");
        later();
        expect(await diff(state)).toMatchObject({ changes: true });
        write(NAMES.filter((name) => name !== "constructor").map((name) => [name, name]));
        const updated = await update(state);
        expect([await content("__proto__"), updated.fileCount]).toEqual(["__proto__", NAMES.length - 1]);
        expect(await files()).not.toContain("constructor");
        later();
        await remove(updated);
        expect(await files()).toEqual([]);
    });

    it.each(NAMES)("are not overwritten: %s", async (name) => {
        await put(name, "theirs");
        write([[name, "ours"]]);
        await expect(create()).rejects.toThrow(`the context already has "${name}"`);
        write([["a", "a"]]);
        const { state } = await create();
        write([[name, "ours"]]);
        later();
        await expect(update(state)).rejects.toThrow(`the context already has "${name}"`);
        expect(await content(name)).toBe("theirs");
    });
});

describe("an interrupted deployment", () => {
    it("converges: the files that arrived are ours, and only the others are uploaded", async () => {
        write([
            ["a", "a"],
            ["b", "b"],
            ["c/d", "d"],
        ]);
        await put("a", "a");
        await put("c/d", "d");
        later();
        const { state } = await create();
        expect(count("PUT objects")).toBe(1);
        expect(state.fileCount).toBe(3);
        later();
        expect(await diff(state)).toMatchObject({ changes: false });
        await remove(state);
        // The deployment that has compared the folder holds its files.
        expect(await files()).toHaveLength(3);
        later();
        await remove(state);
        expect(await files()).toEqual([]);
    });

    it("converges after a kill in an update", async () => {
        write([["a", "a"]]);
        const { state } = await create();
        write([
            ["a", "a2"],
            ["b", "b"],
        ]);
        await put("b", "b");
        later();
        const updated = await update(state);
        expect([await content("a"), await content("b"), updated.fileCount]).toEqual(["a2", "b", 2]);
    });

    it("is a partial failure if the listing after the uploads is refused", async () => {
        write([["a", "a"]]);
        const news = await inputs({ overwrite: true });
        agb.fault("DescribeContextFiles:Forbidden:1:1");
        const { state, message } = await partialFailure(folder.create({ inputs: news, account }));
        expect(message).toMatch(
            /^ContextFolder "data" \(.+\) could not be uploaded completely \(1 of 1 files uploaded\): AGB said: .+Forbidden/,
        );
        later();
        const repaired = await update(state, { overwrite: true });
        expect(count("PUT objects")).toBe(0);
        expect(repaired).toMatchObject({ files: { a: sha256("a") }, totalSize: 1 });
        later();
        expect(await diff(repaired, { overwrite: true })).toMatchObject({ changes: false });
        expect(count("GET objects")).toBe(0);
    });
});

describe("a forced replacement", () => {
    it.each(["a", "changed by a session"])(
        "replaces the files that the folder held, if they contain %j",
        async (now) => {
            write([
                ["a", "a"],
                ["b", "b"],
            ]);
            const olds = await inputs();
            const made = await create();
            await put("a", now);
            write([
                ["a", "a2"],
                ["c", "c"],
            ]);
            later();
            await inputs({}, olds);
            const { state } = await create();
            await remove(made.state);
            expect(await files()).toEqual(["a", "c"]);
            expect(await content("a")).toBe("a2");
            later();
            expect(await diff(state)).toMatchObject({ changes: false });
            // The deletion that is left if the run is killed before its end.
            await remove(made.state);
            expect(await files()).toEqual(["a", "c"]);
        },
    );
});

describe("a folder that changes its shape", () => {
    const shapes: [string, string[], string[]][] = [
        ["a file becomes a folder", ["a", "z"], ["a/b", "a/c/d", "z"]],
        ["a folder becomes a file", ["d/x", "d/y/z", "z"], ["d", "z"]],
        ["nested names change places", ["a", "b/a", "c"], ["a/b", "b", "c/a/b"]],
    ];
    it.each(shapes)("is updated when %s", async (_, before, after) => {
        write(before.map((file) => [file, file]));
        const { state } = await create();
        write(after.map((file) => [file, file]));
        later();
        expect(await diff(state)).toMatchObject({ changes: true, replaces: [] });
        const updated = await update(state);
        expect(await files()).toEqual([...after].sort());
        // No file is deleted twice: a new folder may have its path by then.
        expect(count("POST DeleteContextFile")).toBe(before.filter((file) => !after.includes(file)).length);
        later();
        expect(await diff(updated)).toMatchObject({ changes: false });
        // The same after a kill at the end of the update, with the old state.
        const again = await update(state);
        expect(await files()).toEqual([...after].sort());
        expect(again.files).toEqual(updated.files);
    });

    it("is deleted first if it moves to where its files are", async () => {
        write([["sub", "a"]]);
        const { state } = await create();
        later();
        expect(await diff(state, { path: `${FOLDER}/sub` })).toMatchObject({ deleteBeforeReplace: true });
        expect(await diff(state, { path: "/home/other" })).toMatchObject({ deleteBeforeReplace: false });
        const other = (await agb.client.ensureContext("other")).id;
        expect(await diff(state, { path: `${FOLDER}/sub`, contextId: other })).toMatchObject({
            deleteBeforeReplace: false,
        });
    });
});

describe("a folder whose files a session has changed", () => {
    it("is repaired by the next deployment without a refresh", async () => {
        write([
            ["changed", "ours"],
            ["gone", "gone"],
            ["touched", "touched"],
            ["sub/same", "same"],
            ["resized", "ours"],
        ]);
        const { state } = await create();
        await agb.local.clock.advance(5000);
        await put("changed", "hers");
        await put("resized", "theirs");
        await put("touched", "touched");
        await put("theirs", "theirs");
        await agb.client.deleteContextFile(contextId, `${FOLDER}/gone`);
        later();
        expect(await diff(state)).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
        expect(reported).toEqual([
            expect.stringMatching(
                /^ContextFolder "data" \(.+\): the context no longer holds "changed", "gone", "resized" as uploaded, perhaps because a session has uploaded its version or removed it\. This deployment uploads it again\.$/,
            ),
        ]);
        // The size or the absence of the others says enough.
        expect(count("POST GetContextFileDownloadUrl")).toBe(2);
        const updated = await update(state);
        expect(count("PUT objects")).toBe(3);
        expect(await content("changed")).toBe("ours");
        expect(await files()).toEqual(["changed", "gone", "resized", "sub/same", "theirs", "touched"]);
        later();
        expect(await diff(updated)).toMatchObject({ changes: false });
        expect(requests).toEqual(["POST DescribeContextFiles", "POST DescribeContextFiles"]);
    });

    it("is not listed if it changes anyway, and folders without its files never are", async () => {
        write([["sub/a", "a"]]);
        const { state } = await create();
        await put("other/b", "b");
        write([["sub/a", "a2"]]);
        later();
        expect(await diff(state)).toMatchObject({ changes: true });
        expect(requests).toEqual([]);
        write([["sub/a", "a"]]);
        expect(await diff(state)).toMatchObject({ changes: false });
        expect(count("POST DescribeContextFiles")).toBe(2);
    });

    it("is reported if two folders of the deployment have the same file", async () => {
        write([["a", "a"]]);
        const { state } = await create();
        later();
        expect(await diff(state)).toMatchObject({ changes: false });
        await diff(state, { __origin: originOf("other") });
        expect(reported).toEqual([
            expect.stringMatching(
                /^ContextFolder "other" \(.+\): ContextFolder "data" manages "a", so each deployment uploads both versions/,
            ),
        ]);
    });

    it("is left to a refresh if its context is gone", async () => {
        write([["a", "a"]]);
        const { state } = await create();
        await agb.client.deleteContext(contextId);
        later();
        expect(await diff(state)).toMatchObject({ changes: false });
        expect(await folder.read({ id: "x", state, account })).toBeUndefined();
    });
});
