/** `ContextFile` after kills, replacements and moves between resources, and after sessions changed its file. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextFileHandlers as file } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers as folder } from "../../provider/handlers/files/contextFolder";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

const FILE = "/home/work/data/a.txt";
type Inputs = Parameters<typeof file.create>[0]["inputs"];
type State = Awaited<ReturnType<typeof file.create>>["state"];
type FolderInputs = Parameters<typeof folder.create>[0]["inputs"];

let agb: TestAgb;
let contextId: string;
let account: Account;
let source: string;
const requests: string[] = [];
const { reporter, lines: reported } = recordingReporter();
const count = (request: string) => requests.filter((one) => one === request).length;
/** A download is logged after its last byte has arrived. */
const logged = (request: string, times: number) => expect.poll(() => count(request)).toBe(times);
const LISTING = "POST DescribeContextFiles";
const UPLOAD = "PUT objects";
const DOWNLOAD = "GET objects";
const DOWNLOAD_URL = "POST GetContextFileDownloadUrl";

beforeEach(async () => {
    agb = await startTestAgb({ log: ({ method, call }) => requests.push(`${method} ${call}`) });
    contextId = (await agb.client.ensureContext("n")).id;
    source = tempFolder("moved");
    later();
});
afterEach(() => agb.close());

/** Starts a new deployment. */
function later(): Account {
    requests.length = reported.length = 0;
    return (account = accountOf(agb.client, reporter));
}

/** The checked inputs, as a deployment gets them for a resource with these old inputs. */
function inputs(news: Record<string, unknown>, olds: object = {}): Inputs {
    const request = { olds: { ...olds }, news: { contextId, path: FILE, __origin: originOf("a"), ...news } };
    const { inputs: checked, failures } = file.check(request);
    expect(failures).toEqual([]);
    return checked as unknown as Inputs;
}
async function folderInputs(news: Record<string, unknown> = {}, olds: object = {}): Promise<FolderInputs> {
    const declared = { contextId, path: dirname(FILE), source, __origin: originOf("data"), ...news };
    return (await folder.check({ olds: { ...olds }, news: declared })).inputs as unknown as FolderInputs;
}
const create = (news: Record<string, unknown>) => file.create({ inputs: inputs(news), account });
const diff = (made: { id: string; state: State }, news: Record<string, unknown>) =>
    file.diff({ ...made, inputs: inputs(news), account });
const content = (path = FILE) => agb.content(contextId, path);
const put = (text: string, path = FILE) => agb.client.uploadContextFile(contextId, path, { text });
const files = () => agb.files(contextId);
function write(entries: Record<string, string>): void {
    for (const [name, text] of Object.entries(entries)) {
        mkdirSync(dirname(join(source, name)), { recursive: true });
        writeFileSync(join(source, name), text);
    }
}

describe("a file that exists already", () => {
    it("is taken over if it has the wanted content, as after a kill between the upload and the next save", async () => {
        await put("mine");
        const made = await create({ content: "mine" });
        await logged(DOWNLOAD, 1);
        expect(count(UPLOAD)).toBe(1);
        later();
        expect(await diff(made, { content: "mine" })).toMatchObject({ changes: false });
        await file.delete({ ...made, account: later() });
        expect(await files()).toEqual([]);
    });

    it("is refused with other content, and is read only if its size is right", async () => {
        await put("hers");
        await expect(create({ content: "longer" })).rejects.toThrow("a file already exists there (4 bytes");
        expect(count(DOWNLOAD_URL)).toBe(0);
        await expect(create({ content: "mine" })).rejects.toThrow(
            /^ContextFile "a" \(.+\) could not be created: a file already exists there/,
        );
        expect(count(DOWNLOAD_URL)).toBe(1);
        expect(await content()).toBe("hers");
    });

    it.each(["first", "changed since"])("is replaced by a forced replacement, if it is %s", async (now) => {
        const made = await create({ content: "first" });
        const olds = inputs({ content: "first" });
        await put(now);
        later();
        // The engine compares nothing in a forced replacement: it checks twice, creates and deletes.
        inputs({ content: "second" }, olds);
        const replaced = await create({ content: "second" });
        await file.delete({ ...made, account });
        expect(await content()).toBe("second");
        later();
        expect(await diff(replaced, { content: "second" })).toMatchObject({ changes: false });
    });
});

describe("a replaced file", () => {
    it("survives the deletion that a killed replacement left behind", async () => {
        const made = await create({ content: "first" });
        later();
        expect(await diff(made, { content: "first" })).toMatchObject({ changes: false });
        await file.delete({ ...made, account });
        expect(await files()).toEqual([FILE]);
    });

    it("is deleted by a destroy, which deletes both entries of the state", async () => {
        const made = await create({ content: "first" });
        later();
        await file.delete({ ...made, account });
        await file.delete({ ...made, account });
        expect(await files()).toEqual([]);
    });

    it.each([
        ["/home/work/a", "/home/work/a/b"],
        ["/home/work/a/b", "/home/work/a"],
    ])("is deleted first if it moves from %s to %s", async (from, to) => {
        const made = await create({ content: "a", path: from });
        later();
        expect(await diff(made, { content: "a", path: to })).toEqual({
            changes: true,
            replaces: ["path"],
            deleteBeforeReplace: true,
        });
        await file.delete({ ...made, account });
        await create({ content: "a", path: to });
        expect(await files()).toEqual([to]);
        expect(await diff(made, { content: "a", path: `${from}2` })).toMatchObject({ deleteBeforeReplace: false });
    });
});

describe("a file that moves between resources in one deployment", () => {
    const steps = ["take", "give"] as const;
    it.each([
        ["from a folder to a file", steps, "same"],
        ["from a folder to a file", [...steps].reverse(), "changed"],
        ["from a folder to a file, changed", steps, "changed"],
    ])("stays when it moves %s (%s, %s)", async (_, order, text) => {
        write({ "a.txt": "same", "b.txt": "b" });
        const olds = await folderInputs();
        const made = await folder.create({ inputs: olds, account });
        later();
        rmSync(join(source, "a.txt"));
        const news = await folderInputs({}, olds);
        const taken = inputs({ content: text });
        const run = {
            take: () => file.create({ inputs: taken, account }),
            give: async () => {
                expect(await folder.diff({ ...made, inputs: news, account })).toMatchObject({ changes: true });
                return folder.update({ ...made, inputs: news, account });
            },
        };
        const [first, second] = order.map((step) => run[step]());
        await Promise.all([first, second]);
        expect(await content()).toBe(text);
        expect(await files()).toEqual([FILE, "/home/work/data/b.txt"]);
    });

    it("stays when it moves from a file to a folder", async () => {
        const made = await create({ content: "same" });
        later();
        write({ "a.txt": "same" });
        await folder.create({ inputs: await folderInputs(), account });
        await file.delete({ ...made, account });
        expect(await content()).toBe("same");
    });

    it("stays when a folder takes it over while it is being deleted", async () => {
        const made = await create({ content: "same" });
        later();
        write({ "a.txt": "same" });
        const news = await folderInputs();
        agb.fault("DeleteContextFile:delay=150:1:1");
        const deleted = file.delete({ ...made, account });
        await expect.poll(() => agb.local.faults[0]?.count).toBe(0);
        await Promise.all([folder.create({ inputs: news, account }), deleted]);
        expect(await content()).toBe("same");
    });

    it("stays when it moves between two folders that change at the same time", async () => {
        write({ "one/a": "a", "two/b": "b" });
        const given = (name: "one" | "two", olds: object = {}) =>
            folderInputs({ source: join(source, name), include: ["*"], __origin: originOf(name) }, olds);
        const [one, two] = [await given("one"), await given("two")];
        const made = [
            await folder.create({ inputs: one, account }),
            await folder.create({ inputs: two, account }),
        ] as const;
        later();
        rmSync(join(source, "one/a"));
        write({ "one/c": "c", "two/a": "new" });
        const news = [await given("one", one), await given("two", two)] as const;
        const [first, second] = await Promise.all([
            folder.update({ ...made[0], inputs: news[0], account }),
            folder.update({ ...made[1], inputs: news[1], account }),
        ]);
        expect(await content("/home/work/data/a")).toBe("new");
        expect([first.state.fileCount, second.state.fileCount]).toEqual([1, 2]);
        expect(await files()).toHaveLength(3);
    });
});

describe("two resources on one file", () => {
    it("are refused when the second one is created, whatever it contains", async () => {
        const made = await create({ content: "same" });
        later();
        await diff(made, { content: "same" });
        write({ "a.txt": "same", "b.txt": "" });
        await expect(folder.create({ inputs: await folderInputs({ overwrite: true }), account })).rejects.toThrow(
            /^ContextFolder "data" \(.+\) could not be uploaded: ContextFile "a" of this deployment manages "a\.txt"\. Two resources cannot manage one file; give one of them another path\.$/,
        );
        expect(await files()).toEqual([FILE]);
    });

    it("are reported if both are in the state", async () => {
        const made = await create({ content: "same" });
        later();
        await diff(made, { content: "same" });
        await diff(made, { content: "same", __origin: originOf("b") });
        expect(reported).toEqual([
            expect.stringMatching(
                /^ContextFile "b" \(.+\): ContextFile "a" manages the same file, so each deployment uploads both versions, and the last one wins\. Give one of them another path\.$/,
            ),
        ]);
    });
});

describe("a file that a session has changed", () => {
    it.each(["olds", "old"])(
        "is put again by the next deployment without a refresh, if it is now %s",
        async (theirs) => {
            const made = await create({ content: "new" });
            await agb.local.clock.advance(5000);
            await put(theirs === "old" ? "old" : theirs);
            later();
            expect(await diff(made, { content: "new" })).toEqual({
                changes: true,
                replaces: [],
                deleteBeforeReplace: false,
            });
            expect(reported).toEqual([
                expect.stringMatching(
                    /^ContextFile "a" \(.+\): the context no longer holds it as uploaded, perhaps because a session has uploaded its version or removed it\. This deployment uploads it again\.$/,
                ),
            ]);
            const { state } = await file.update({ ...made, inputs: inputs({ content: "new" }), account });
            expect(await content()).toBe("new");
            later();
            expect(await diff({ ...made, state }, { content: "new" })).toMatchObject({ changes: false });
            expect(count(LISTING)).toBe(1);
        },
    );

    it("is put again if it is gone, but not if the context is", async () => {
        const made = await create({ content: "a" });
        await agb.client.deleteContextFile(contextId, FILE);
        later();
        expect(await diff(made, { content: "a" })).toMatchObject({ changes: true });
        await file.update({ ...made, inputs: inputs({ content: "a" }), account });
        expect(await content()).toBe("a");
        await agb.client.deleteContext(contextId);
        later();
        expect(await diff(made, { content: "a" })).toMatchObject({ changes: false });
    });

    it("is unchanged if only its time has changed", async () => {
        const made = await create({ content: "a" });
        await agb.local.clock.advance(5000);
        await put("a");
        later();
        expect(await diff(made, { content: "a" })).toMatchObject({ changes: false });
        await logged(DOWNLOAD, 1);
        const updated = await file.update({ ...made, inputs: inputs({ content: "a", overwrite: true }), account });
        await logged(DOWNLOAD, 1);
        expect(count(UPLOAD)).toBe(0);
        later();
        expect(await diff({ ...made, ...updated }, { content: "a", overwrite: true })).toMatchObject({
            changes: false,
        });
        expect(count(DOWNLOAD)).toBe(0);
    });

    it("is looked for with one listing of each folder, and with none if it is uploaded anyway", async () => {
        const paths = ["/home/work/x/1", "/home/work/x/2", "/home/work/x/3", "/home/work/y/1"];
        const made = await Promise.all(paths.map((path) => create({ content: "a", path, __origin: originOf(path) })));
        const compareAll = async (text: string) => {
            later();
            const diffs = await Promise.all(
                made.map(async (one) =>
                    diff(one, { content: text, path: one.state.path, __origin: one.state.__origin }),
                ),
            );
            return diffs.filter(({ changes }) => changes).length;
        };
        expect(await compareAll("a")).toBe(0);
        expect(requests).toEqual([LISTING, LISTING]);
        expect(await compareAll("b")).toBe(paths.length);
        expect(requests).toEqual([]);
    });

    it("is never inferred from a failed call, and the error names the resource", async () => {
        const made = await create({ content: "a" });
        later();
        agb.fault("DescribeContextFiles:InternalError:1:1");
        await expect(diff(made, { content: "a" })).rejects.toThrow(
            /^ContextFile "a" \(.+\) could not be compared with the context: AGB said: .+InternalError/,
        );
    });
});
