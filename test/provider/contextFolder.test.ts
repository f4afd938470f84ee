/** The handlers of `ContextFolder` against a local AGB. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextFolderHandlers } from "../../provider/handlers/files/contextFolder";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { PartialFailure, unknown } from "../../provider/handlers/contract";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";
import { sha256 } from "../support/assets";

const FOLDER = "/home/work/data";
const origin = originOf("data");
type Inputs = Parameters<typeof contextFolderHandlers.create>[0]["inputs"];
type State = Awaited<ReturnType<typeof contextFolderHandlers.create>>["state"];

let agb: TestAgb;
let source: string;
let contextId: string;
let account: Account;
const calls: string[] = [];
const { reporter, lines: reported } = recordingReporter();

beforeEach(async () => {
    source = tempFolder("folder");
    calls.length = reported.length = 0;
    agb = await startTestAgb({ log: ({ method, call }) => calls.push(`${method} ${call}`) });
    contextId = (await agb.client.ensureContext("n")).id;
    later();
});
afterEach(() => agb.close());

/** Starts a new deployment. */
const later = () => (account = accountOf(agb.client, reporter));
function write(files: Record<string, string>): void {
    for (const [file, content] of Object.entries(files)) {
        mkdirSync(dirname(join(source, file)), { recursive: true });
        writeFileSync(join(source, file), content);
    }
}
const check = (news: Record<string, unknown> = {}) =>
    contextFolderHandlers.check({ olds: {}, news: { contextId, path: FOLDER, source, __origin: origin, ...news } });
async function inputs(news: Record<string, unknown> = {}): Promise<Inputs> {
    const { inputs: checked, failures } = await check(news);
    expect(failures).toEqual([]);
    return checked as unknown as Inputs;
}
const create = async (news: Record<string, unknown> = {}) =>
    contextFolderHandlers.create({ inputs: await inputs(news), account });
const diff = async (state: State, news: Record<string, unknown> = {}) =>
    contextFolderHandlers.diff({
        id: "x",
        state: JSON.parse(JSON.stringify(state)) as State,
        inputs: await inputs(news),
        account,
    });
const update = async (state: State, news: Record<string, unknown> = {}) =>
    (await contextFolderHandlers.update({ id: "x", state, inputs: await inputs(news), account })).state;
const read = async (state: State) => (await contextFolderHandlers.read({ id: "x", state, account }))?.state;
const remove = (state: State) => contextFolderHandlers.delete({ id: "x", state, account });
const content = (file: string) => agb.content(contextId, `${FOLDER}/${file}`);
const count = (call: string) => calls.filter((one) => one === call).length;

describe("check", () => {
    const failures = async (news: Record<string, unknown>) => (await check(news)).failures;

    it("fills in defaults and lists the files with their hashes", async () => {
        write({ "a.txt": "a", "b/c.txt": "c", ".env": "e" });
        expect(await check()).toEqual({
            inputs: {
                contextId,
                path: FOLDER,
                source,
                include: ["**"],
                exclude: [],
                overwrite: false,
                files: { ".env": sha256("e"), "a.txt": sha256("a"), "b/c.txt": sha256("c") },
                __origin: origin,
            },
            failures: [],
            warnings: [],
        });
    });

    it("selects files that match include and not exclude", async () => {
        write({ "a.ts": "", "a.js": "", "src/b.ts": "", "src/skip/c.ts": "", "lib/d.ts": "" });
        const files = async (news: Record<string, unknown>) => Object.keys((await inputs(news)).files);
        expect(await files({ include: ["**/*.ts"] })).toEqual(["a.ts", "lib/d.ts", "src/b.ts", "src/skip/c.ts"]);
        expect(await files({ include: ["src", "a.js"], exclude: ["src/skip"] })).toEqual(["a.js", "src/b.ts"]);
    });

    it("lists the files in the same order on any machine", async () => {
        write({ "a/x": "", "a.ts": "", a0: "", A: "" });
        expect(Object.keys((await inputs()).files)).toEqual(["A", "a.ts", "a/x", "a0"]);
    });

    it("accepts old inputs of any type", async () => {
        const news = { contextId, path: FOLDER, source };
        for (const olds of [
            { contextId, path: unknown, files: { a: "" } },
            { contextId: unknown, files: 5 },
        ]) {
            expect((await contextFolderHandlers.check({ olds, news })).failures).toEqual([]);
        }
    });

    it("warns if a session uploads the files, and only if the place is known", async () => {
        write({ a: "a" });
        sessionHandlers.check({
            olds: {},
            news: { imageId: "i", contextSyncs: [{ contextId, path: FOLDER }], __origin: originOf("dev") },
        });
        for (const news of [{ contextId: unknown }, { path: unknown }, { path: "/home/other" }, { include: ["b/a"] }]) {
            expect((await check(news)).warnings?.filter((line) => line.includes("Session"))).toEqual([]);
        }
        expect((await check({ contextId: unknown })).warnings).toEqual([]);
        expect((await check()).warnings).toEqual([
            expect.stringMatching(/^ContextFolder "data" puts .+, where Session "dev" uploads \/home\/work\/data, /),
        ]);
    });

    it("accepts unknown values", async () => {
        for (const news of [{ source: unknown }, { include: [unknown] }, { exclude: unknown }]) {
            expect(await check(news)).toMatchObject({ inputs: { files: unknown }, failures: [] });
        }
        write({ a: "a" });
        expect(await check({ contextId: unknown })).toMatchObject({
            inputs: { files: { a: sha256("a") } },
            failures: [],
        });
    });

    it("reports every invalid input", async () => {
        expect(await failures({ path: "data", include: ["*.{js,ts}"], exclude: ["a", "/b"] })).toEqual([
            {
                property: "path",
                reason: `"data" must be the absolute path of a folder as sessions will see it, without "." or "..", such as "/home/work/data"`,
            },
            {
                property: "include[0]",
                reason: `"*.{js,ts}" contains a character that patterns do not support: the wildcards are *, ? and **. Use several patterns instead`,
            },
            {
                property: "exclude[1]",
                reason: `"/b" must be relative to source, without "." or "..", such as "src/**/*.ts"`,
            },
        ]);
        expect(await failures({ path: "/" })).toEqual([
            {
                property: "path",
                reason: expect.stringMatching(/^"\/" must be the absolute path of a folder/) as string,
            },
        ]);
        expect(await failures({ path: "" })).toEqual([{ property: "path", reason: "must not be empty" }]);
        expect(await failures({ path: 5 })).toEqual([{ property: "path", reason: "must be a string, not a number" }]);
        expect(await failures({ include: [""] })).toEqual([{ property: "include[0]", reason: "must not be empty" }]);
        expect(await failures({ source: "./nowhere" })).toEqual([
            {
                property: "source",
                reason: expect.stringMatching(
                    /^".\/nowhere" does not exist or is not a folder \(\/.+\/nowhere\)$/,
                ) as string,
            },
        ]);
    });

    it("follows links to files, rejects links to folders and broken links, and skips excluded links", async () => {
        write({ "a.txt": "a" });
        symlinkSync("a.txt", join(source, "alias.txt"));
        expect((await inputs()).files).toEqual({ "a.txt": sha256("a"), "alias.txt": sha256("a") });
        for (const target of [tempFolder("elsewhere"), "none"]) {
            symlinkSync(target, join(source, "away"));
            expect(await failures({})).toEqual([
                {
                    property: "source",
                    reason: `"away" in "${source}" is a link that does not lead to a file: exclude it, or replace it with a file or folder`,
                },
            ]);
            expect((await inputs({ exclude: ["away"] })).files).not.toHaveProperty("away");
            rmSync(join(source, "away"));
        }
    });

    it("warns if no file matches", async () => {
        expect((await check()).warnings).toEqual([
            `ContextFolder "data": no file in "${source}" matches the patterns, so the context gets no files from it.`,
        ]);
    });
});

describe("create", () => {
    it("uploads every file and reports progress", async () => {
        write({ "a.txt": "a", "b/c.txt": "cc", empty: "" });
        const { id, state } = await create();
        expect(id).toBe(`${contextId}:${FOLDER}`);
        expect(state).toMatchObject({
            files: { "a.txt": sha256("a"), "b/c.txt": sha256("cc"), empty: sha256("") },
            fileCount: 3,
            totalSize: 3,
        });
        expect(await agb.files(contextId)).toEqual([`${FOLDER}/a.txt`, `${FOLDER}/b/c.txt`, `${FOLDER}/empty`]);
        expect(await content("b/c.txt")).toBe("cc");
        expect(reported).toContain("data: 1 of 3 files uploaded, 0 s");
        calls.length = reported.length = 0;
        expect(await diff(state)).toEqual({ changes: false, replaces: [], deleteBeforeReplace: false });
        expect(await read(state)).toEqual(state);
        expect([count("POST GetContextFileDownloadUrl"), reported]).toEqual([0, []]);
    });

    it("names the first of several foreign files", async () => {
        // The content of `a` has to be read, so it is the last one to be found foreign.
        for (const [i, file] of ["a", "b", "c", "d", "e"].entries()) {
            write({ [file]: "ours" });
            await agb.client.uploadContextFile(contextId, `${FOLDER}/${file}`, { text: i === 0 ? "hers" : "theirs" });
        }
        const named = (include: string[]) => create({ include }).then(String, String);
        expect(await named(["*"])).toContain('the context already has "a", "b", "c" and 2 others, perhaps');
        expect(await named(["a", "b", "c"])).toContain('the context already has "a", "b", "c", perhaps');
    });

    it("works without the name of the resource", async () => {
        write({ a: "a", b: "b" });
        const { state } = await create({ __origin: undefined });
        await agb.client.uploadContextFile(contextId, `${FOLDER}/a`, { text: "changed" });
        later();
        reported.length = 0;
        expect((await read(state))?.files).toMatchObject({ a: sha256("changed") });
        expect(reported).toEqual([`${FOLDER}: 1 file has changed, reading them`]);
        await remove(state);
        expect(await agb.files(contextId)).toEqual([]);
    });

    it("replaces existing files only with overwrite", async () => {
        write({ "a.txt": "new", "b.txt": "b" });
        await agb.client.uploadContextFile(contextId, `${FOLDER}/a.txt`, { text: "old" });
        await expect(create()).rejects.toThrow(
            /^ContextFolder "data" \(\/home\/work\/data in context SdkCtx-\w+\) could not be uploaded: the context already has "a\.txt", .+ Set overwrite: true/,
        );
        expect(await agb.files(contextId)).toEqual([`${FOLDER}/a.txt`]);
        expect(await content("a.txt")).toBe("old");
        await create({ overwrite: true });
        expect(await content("a.txt")).toBe("new");
    });

    it("refuses a file that another resource manages", async () => {
        write({ "a.txt": "a" });
        await create();
        await expect(create({ __origin: originOf("other") })).rejects.toThrow(
            /^ContextFolder "other" \(.+\) could not be uploaded: ContextFolder "data" of this deployment manages "a\.txt"\. /,
        );
    });

    it("keeps successful uploads if one fails, names the failed file, and continues with the rest", async () => {
        write(
            Object.fromEntries(
                Array.from({ length: 20 }, (_, i) => [`f${String(i).padStart(2, "0")}`, `content ${i}`]),
            ),
        );
        agb.fault("GetContextFileUploadUrl:Quota.Exceeded:1:1");
        const { id, state, message } = await partialFailure(create());
        expect(id).toBe(`${contextId}:${FOLDER}`);
        expect(message).toMatch(
            /could not be uploaded completely \(\d+ of 20 files uploaded\): "f\d\d": AGB said: .+Quota\.Exceeded.+ Run `pulumi up` again to upload the rest/,
        );
        expect((await agb.files(contextId)).map((file) => file.slice(FOLDER.length + 1))).toEqual(
            Object.keys(state.files),
        );

        calls.length = 0;
        later();
        expect((await diff(state)).changes).toBe(true);
        const repaired = await update(state);
        expect(count("PUT objects")).toBe(20 - Object.keys(state.files).length);
        expect(repaired.fileCount).toBe(20);
        expect(await diff(repaired)).toMatchObject({ changes: false });
    });

    it("is no partial failure if nothing was uploaded, and reports an unknown context", async () => {
        write({ a: "a" });
        const failure: unknown = await create({ contextId: "SdkCtx-none", overwrite: true }).catch(
            (error: unknown) => error,
        );
        expect(failure).not.toBeInstanceOf(PartialFailure);
        expect(String(failure)).toMatch(
            /in context SdkCtx-none\) could not be uploaded completely \(0 of 1 files uploaded\): "a": AGB said/,
        );
    });

    it("ends at its time limit", async () => {
        write({ a: "a", b: "b" });
        agb.fault("objects:hang:1");
        const { message, state } = await partialFailure(create({ __timeouts: { create: "1s" } }));
        expect(message).toMatch(/did not finish in time\. .+ or allow more time with customTimeouts/);
        expect(state.files).toEqual({ a: "", b: "" });
    });
});

describe("update", () => {
    it("uploads new and changed files, deletes removed ones, and touches nothing else", async () => {
        write({ same: "same", changed: "old", gone: "gone" });
        const { state } = await create();
        await agb.client.uploadContextFile(contextId, `${FOLDER}/theirs`, { text: "theirs" });
        later();
        write({ changed: "new", added: "added" });
        rmSync(join(source, "gone"));
        expect(await diff(state)).toEqual({ changes: true, replaces: [], deleteBeforeReplace: false });
        calls.length = 0;
        const updated = await update(state);
        expect([count("PUT objects"), count("POST DeleteContextFile")]).toEqual([2, 1]);
        expect(updated.files).toEqual({ added: sha256("added"), changed: sha256("new"), same: sha256("same") });
        expect(await agb.files(contextId)).toEqual(
            ["added", "changed", "same", "theirs"].map((file) => `${FOLDER}/${file}`),
        );
        expect(await diff(updated)).toMatchObject({ changes: false });
    });

    it("does not replace a foreign file at the path of a new one", async () => {
        write({ a: "a" });
        const { state } = await create();
        await agb.client.uploadContextFile(contextId, `${FOLDER}/b`, { text: "theirs" });
        write({ b: "ours" });
        later();
        await expect(update(state)).rejects.toThrow(/could not be updated: the context already has "b"/);
        expect(await content("b")).toBe("theirs");
    });

    it("uploads nothing if only the spelling of the patterns changes", async () => {
        write({ a: "a" });
        const { state } = await create();
        calls.length = 0;
        expect((await diff(state, { include: ["*"] })).changes).toBe(true);
        expect((await update(state, { include: ["*"] })).include).toEqual(["*"]);
        expect(count("PUT objects")).toBe(0);
    });

    it("replaces, creating first, if the context or path changes", async () => {
        write({ a: "a" });
        const { state } = await create();
        expect(await diff(state, { path: `${FOLDER}/` })).toMatchObject({ changes: false, replaces: [] });
        expect(await diff(state, { path: "/home/work", contextId: unknown })).toEqual({
            changes: true,
            replaces: ["contextId", "path"],
            deleteBeforeReplace: false,
        });
        later();
        await create({ path: "/home/work" });
        await remove(state);
        expect(await agb.files(contextId)).toEqual(["/home/work/a"]);
    });

    it("expects a replacement if the path is not known yet", async () => {
        write({ a: "a" });
        const { state } = await create();
        expect(await diff(state, { path: unknown })).toEqual({
            changes: true,
            replaces: ["path"],
            deleteBeforeReplace: false,
        });
        expect(await diff(state, { source: unknown })).toEqual({
            changes: true,
            replaces: [],
            deleteBeforeReplace: false,
        });
    });

    it("does not read files again that an incomplete update left alone", async () => {
        write({ a: "a", b: "b" });
        const { state } = await create();
        write({ b: "longer" });
        const news = await inputs();
        agb.fault("DescribeContextFiles:Forbidden:1:1");
        const failed = await partialFailure(contextFolderHandlers.update({ id: "x", state, inputs: news, account }));
        expect(failed.state.files).toEqual({ a: sha256("a"), b: sha256("longer") });
        later();
        calls.length = 0;
        expect(await diff(failed.state)).toMatchObject({ changes: false });
        expect(count("POST GetContextFileDownloadUrl")).toBe(1);
    });
});

describe("a folder changed outside the deployment", () => {
    it("is noticed when a file that was missing is there again", async () => {
        write({ a: "a", b: "b" });
        const { state } = await create();
        await agb.client.deleteContextFile(contextId, `${FOLDER}/b`);
        later();
        expect(await diff(state)).toMatchObject({ changes: true });
        await agb.client.uploadContextFile(contextId, `${FOLDER}/b`, { text: "b" });
        expect(await diff(state)).toMatchObject({ changes: false });
    });

    it("shows the drift on refresh, and the next update reverts it", async () => {
        write({ changed: "ours", gone: "gone", same: "same", touched: "touched" });
        const { state } = await create();
        await agb.client.uploadContextFile(contextId, `${FOLDER}/changed`, { text: "theirs" });
        await agb.local.clock.advance(2000);
        await agb.client.uploadContextFile(contextId, `${FOLDER}/touched`, { text: "touched" });
        await agb.client.deleteContextFile(contextId, `${FOLDER}/gone`);
        later();
        const seen = await read(state);
        expect(reported).toContain("data: 2 files have changed, reading them");
        expect(seen?.files).toEqual({ changed: sha256("theirs"), same: sha256("same"), touched: sha256("touched") });
        if (!seen) return;
        expect((await diff(seen)).changes).toBe(true);
        calls.length = 0;
        const repaired = await update(seen);
        expect(count("PUT objects")).toBe(2);
        expect(await content("changed")).toBe("ours");
        expect(await diff(repaired)).toMatchObject({ changes: false });
    });

    it("disappears with its context, and delete still succeeds", async () => {
        write({ a: "a" });
        const { state } = await create();
        await agb.client.deleteContext(contextId);
        later();
        expect(await read(state)).toBeUndefined();
        await remove(state);
    });

    it("is never inferred from a failed call", async () => {
        write({ a: "a" });
        const { state } = await create();
        later();
        agb.fault("DescribeContextFiles:Throttled:1:1");
        await expect(read(state)).rejects.toThrow(/Throttled/);
        await agb.client.uploadContextFile(contextId, `${FOLDER}/a`, { text: "theirs" });
        agb.fault("GetContextFileDownloadUrl:Throttled:1:1");
        await expect(read(state)).rejects.toThrow(/could not be read: .+Throttled/);
        expect((await read(state))?.files).toEqual({ a: sha256("theirs") });
    });
});

describe("delete", () => {
    it("deletes only its own files", async () => {
        write({ a: "a", "b/c": "c" });
        const { state } = await create();
        await agb.client.uploadContextFile(contextId, `${FOLDER}/b/theirs`, { text: "theirs" });
        await agb.client.deleteContextFile(contextId, `${FOLDER}/a`);
        later();
        await remove(state);
        expect(await agb.files(contextId)).toEqual([`${FOLDER}/b/theirs`]);
    });

    it("names a file that could not be deleted", async () => {
        write({ a: "a" });
        const { state } = await create();
        later();
        agb.fault("DeleteContextFile:Storage.Busy:1:1");
        await expect(remove(state)).rejects.toThrow(
            /^ContextFolder "data" \(.+\) could not be deleted: "a" could not be deleted: AGB said: .+Storage\.Busy/,
        );
        await remove(state);
        expect(await agb.files(contextId)).toEqual([]);
    });

    it("fails if it is not known whether a file still exists", async () => {
        write({ a: "a" });
        const { state } = await create();
        later();
        agb.fault("DeleteContextFile:Storage.Busy:1:1");
        agb.fault("DescribeContextFiles:InternalError:1:1");
        await expect(remove(state)).rejects.toThrow(/"a" could not be deleted: AGB said: .+Storage\.Busy/);
    });
});
