/** The handlers of `ContextFile` against a local AGB. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextFileHandlers } from "../../provider/handlers/files/contextFile";
import { Asset, PartialFailure, unknown } from "../../provider/handlers/contract";
import { sessionHandlers } from "../../provider/handlers/session/session";
import { startTestAgb, unreachableClient, type TestAgb } from "../support/agb";
import { accountOf, originOf, partialFailure, recordingReporter } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";
import { fileArchive, fileAsset, remoteAsset, sha256, storedAsset, stringAsset } from "../support/assets";

const folder = tempFolder("file");

let agb: TestAgb;
let contextId: string;
let account: Account;
const { reporter, lines: reported } = recordingReporter();
const origin = originOf("prompt");
const FILE = "/home/work/prompt.md";
const requests: string[] = [];
const uploads = () => requests.filter((request) => request === "PUT objects").length;

beforeEach(async () => {
    requests.length = reported.length = 0;
    agb = await startTestAgb({ log: ({ method, call }) => requests.push(`${method} ${call}`) });
    contextId = (await agb.client.ensureContext("n")).id;
    account = accountOf(agb.client, reporter);
});
afterEach(() => agb.close());

type Inputs = Parameters<typeof contextFileHandlers.create>[0]["inputs"];
type State = Awaited<ReturnType<typeof contextFileHandlers.create>>["state"];
const check = (news: Record<string, unknown>) =>
    contextFileHandlers.check({
        olds: {},
        news: { contextId, path: FILE, __origin: origin, ...news },
    });
function inputs(news: Record<string, unknown>): Inputs {
    const { inputs: checked, failures } = check(news);
    expect(failures).toEqual([]);
    return checked as unknown as Inputs;
}
const create = (news: Record<string, unknown>) => contextFileHandlers.create({ inputs: inputs(news), account });
const diff = (id: string, state: State, news: Record<string, unknown>) =>
    contextFileHandlers.diff({ id, state, inputs: inputs(news), account });
const read = (id: string, state: State) => contextFileHandlers.read({ id, state, account });
/** Starts a new deployment. */
const later = () => (account = accountOf(agb.client, reporter));
const content = (file = FILE, context = contextId) => agb.content(context, file);
const files = (context = contextId) => agb.files(context);
function localFile(name: string, bytes: string): string {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
}

describe("check", () => {
    const failures = (news: Record<string, unknown>) => check(news).failures;

    it("fills in defaults and the expected hash and size", () => {
        expect(check({ content: "ü" })).toEqual({
            inputs: {
                contextId,
                path: FILE,
                content: "ü",
                overwrite: false,
                hash: sha256("ü"),
                size: 2,
                __origin: origin,
            },
            failures: [],
            warnings: [],
        });
        const file = localFile("a.txt", "four");
        expect(check({ source: fileAsset(file), overwrite: true }).inputs).toMatchObject({
            source: fileAsset(file),
            overwrite: true,
            hash: sha256("four"),
            size: 4,
        });
        expect(check({ source: stringAsset("text") }).inputs).toMatchObject({ hash: sha256("text"), size: 4 });
        expect(check({ source: stringAsset("") })).toMatchObject({
            inputs: { hash: sha256(""), size: 0 },
            failures: [],
        });
    });

    it("accepts unknown values", () => {
        expect(check({ contextId: unknown, path: unknown, content: unknown })).toMatchObject({
            inputs: { content: unknown, hash: unknown, size: unknown },
            failures: [],
            warnings: [],
        });
        for (const news of [{ contextId: unknown }, { path: unknown }]) {
            expect(check({ content: "", ...news })).toMatchObject({ failures: [], warnings: [] });
        }
        expect(check({ source: unknown })).toMatchObject({ inputs: { hash: unknown }, failures: [] });
    });

    it("accepts old inputs of any type", () => {
        for (const olds of [{ contextId, path: unknown }, { contextId: unknown, path: FILE }, { path: 5 }]) {
            expect(contextFileHandlers.check({ olds, news: { contextId, path: FILE, content: "" } }).failures).toEqual(
                [],
            );
        }
    });

    it("reports an empty path once", () => {
        expect(failures({ path: "", content: "" })).toEqual([{ property: "path", reason: "must not be empty" }]);
    });

    it("warns if a session uploads the file", () => {
        const contextSyncs = [{ contextId, path: "/home/work" }];
        sessionHandlers.check({ olds: {}, news: { imageId: "i", contextSyncs, __origin: originOf("dev") } });
        expect(check({ content: "a" }).warnings).toEqual([
            expect.stringMatching(/^ContextFile "prompt" puts .+, where Session "dev" uploads \/home\/work, /),
        ]);
    });

    it.each(["work/a", "./a", "/home/../etc/a", "/home//a", "/home/work/", "/"])("rejects the path %s", (file) => {
        expect(failures({ path: file, content: "" })).toEqual([
            {
                property: "path",
                reason: `"${file}" must be the absolute path of a file as sessions will see it, without "." or "..", such as "/home/work/notes.md"`,
            },
        ]);
    });

    it("requires exactly one of source and content", () => {
        expect(failures({})).toEqual([
            { property: "source, content", reason: "one of them is required to provide the content" },
        ]);
        expect(failures({ source: stringAsset("a"), content: "a" })).toEqual([
            { property: "source, content", reason: "both are set, but only one of them can provide the content" },
        ]);
        expect(failures({ source: unknown, content: unknown })).toHaveLength(1);
    });

    it("rejects anything but a single file and suggests what to use instead", () => {
        const reason = (source: unknown) => {
            const found = failures({ source });
            expect(found.map(({ property }) => property)).toEqual(["source"]);
            return found[0]?.reason;
        };
        expect(reason(fileArchive(folder))).toBe(
            "is an archive, but a ContextFile is one file: use new pulumi.asset.FileAsset(path), even for a packed archive",
        );
        expect(reason(remoteAsset("https://user:secret@example.org/a"))).toBe(
            "is a RemoteAsset, which is not supported: download it first and use new pulumi.asset.FileAsset(path)",
        );
        expect(reason("notes.md")).toBe(
            "must be new pulumi.asset.FileAsset(path) or new pulumi.asset.StringAsset(text)",
        );
        expect(reason(new Asset("asset", { path: `${folder}/none`, hash: sha256("") }))).toBe(
            `"${folder}/none" does not exist or is not a file`,
        );
        expect(reason(storedAsset(sha256("a")))).toBe("has a hash but no content");
        expect(failures({ content: 5 })).toEqual([{ property: "content", reason: "must be a string, not a number" }]);
    });
});

describe("create", () => {
    it("uploads the content and returns its hash and size", async () => {
        const { id, state } = await create({ content: "Be brief." });
        expect(id).toBe(`${contextId}:${FILE}`);
        expect(state).toMatchObject({ contextId, path: FILE, overwrite: false, hash: sha256("Be brief."), size: 9 });
        expect(state.modifiedTime).toBe((await agb.client.findContextFile(contextId, FILE))?.gmtModified);
        expect(await content()).toBe("Be brief.");
    });

    it("uploads file and string assets, including empty ones", async () => {
        const file = localFile("a.bin", "a".repeat(300_000));
        expect((await create({ source: fileAsset(file) })).state).toMatchObject({
            hash: sha256("a".repeat(300_000)),
            size: 300_000,
        });
        expect((await create({ path: "/home/work/b", source: stringAsset("b") })).state).toMatchObject({
            hash: sha256("b"),
            size: 1,
        });
        expect((await create({ path: "/home/work/c", source: stringAsset("") })).state).toMatchObject({
            hash: sha256(""),
            size: 0,
        });
        expect(await content()).toHaveLength(300_000);
    });

    it("reports progress", async () => {
        await create({ content: "a".repeat(300_000) });
        expect(reported).toEqual(["prompt: 0.3 of 0.3 MB uploaded, 0 s"]);
    });

    it("works without the name of the resource", async () => {
        const news = inputs({ content: "a", __origin: undefined });
        const { state } = await contextFileHandlers.create({ inputs: news, account });
        await agb.client.uploadContextFile(contextId, FILE, { text: "theirs" });
        later();
        reported.length = 0;
        expect((await read("x", state))?.state).toMatchObject({ hash: sha256("theirs"), size: 6 });
        expect(reported).toEqual([`${FILE}: the file has changed, reading it`]);
    });

    it("stores no content in the state", async () => {
        const { state } = await create({ content: "a secret text" });
        expect(JSON.stringify(state)).not.toContain("secret");
        expect(state).not.toHaveProperty("content");
        expect((await create({ path: "/home/b", source: stringAsset("a secret text") })).state).not.toHaveProperty(
            "source",
        );
    });

    it("refuses to replace an existing file and suggests a fix", async () => {
        await agb.client.uploadContextFile(contextId, FILE, { text: "theirs" });
        await expect(create({ content: "mine" })).rejects.toThrow(
            new RegExp(
                `^ContextFile "prompt" \\(${FILE} in context ${contextId}\\) could not be created: a file already exists there \\(6 bytes, of \\d{4}-.*\\), perhaps .+\\. Set overwrite: true to replace it, or choose another path\\.$`,
            ),
        );
        expect(await content()).toBe("theirs");
        await create({ content: "mine", overwrite: true });
        expect(await content()).toBe("mine");
    });

    it("refuses two resources for one file, even with overwrite", async () => {
        const outcomes = await Promise.allSettled(
            ["a", "b"].map((each) => create({ content: each, overwrite: true, __origin: originOf(each) })),
        );
        expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
        expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({
            reason: {
                message: expect.stringMatching(
                    /^ContextFile "[ab]" \(.+\) could not be created: ContextFile "[ab]" of this deployment manages the same file\. /,
                ) as string,
            },
        });
        expect(uploads()).toBe(1);
    });

    it("reports an unknown context", async () => {
        await expect(create({ contextId: "SdkCtx-none", content: "" })).rejects.toThrow(
            /^ContextFile "prompt" \(.+ in context SdkCtx-none\) could not be created: AGB said: .+SdkCtx-none/,
        );
        const overwriting = create({ contextId: "SdkCtx-none", content: "", overwrite: true });
        await expect(overwriting).rejects.toThrow(/ could not be uploaded: AGB said: .+ Check contextId and path\.$/);
        await expect(overwriting).rejects.not.toBeInstanceOf(PartialFailure);
    });

    it("does not mistake a failed lookup for a missing file", async () => {
        agb.fault("DescribeContextFiles:InternalError:1:1");
        await expect(create({ content: "a" })).rejects.toThrow(/InternalError/);
        expect(await files()).toEqual([]);
    });

    it("returns the hash of what was sent if the file has just changed", async () => {
        const news = inputs({ source: fileAsset(localFile("late.txt", "first")) });
        localFile("late.txt", "later");
        const { id, state } = await contextFileHandlers.create({ inputs: news, account });
        expect(state).toMatchObject({ hash: sha256("later"), size: 5 });
        expect(await diff(id, state, { source: fileAsset(join(folder, "late.txt")) })).toMatchObject({
            changes: false,
        });
    });
});

describe("an interrupted upload", () => {
    it("leaves a file with no recorded hash, and the next deployment repairs it", async () => {
        agb.fault("objects:reset:1:3");
        const { id, state, message } = await partialFailure(create({ content: "a" }));
        expect(message).toMatch(
            /^ContextFile "prompt" \(.+\) could not be uploaded: AGB at .+ cannot be reached: .+ Run `pulumi up` again to repeat it, or allow more time with customTimeouts\.$/,
        );
        expect(state).toMatchObject({ contextId, path: FILE });
        expect(state.hash).toBeUndefined();
        expect(await diff(id, state, { content: "a" })).toMatchObject({ changes: true, replaces: [] });
        expect(
            (await contextFileHandlers.update({ id, state, inputs: inputs({ content: "a" }), account })).state,
        ).toMatchObject({ hash: sha256("a"), size: 1 });
        expect(await content()).toBe("a");
    });

    it("during an update leaves no recorded hash of the old content either", async () => {
        const made = await create({ content: "old" });
        agb.fault("objects:reset:1:3");
        const { id, state } = await partialFailure(
            contextFileHandlers.update({ ...made, inputs: inputs({ content: "new" }), account }),
        );
        expect(await diff(id, state, { content: "old" })).toMatchObject({ changes: true, replaces: [] });
        // A refresh reads the actual file.
        expect((await read(id, state))?.state).toMatchObject({ hash: sha256("old"), size: 3 });
    });

    it("is dropped by a refresh and by a destroy if nothing arrived", async () => {
        agb.fault("objects:reset:1:3");
        const { id, state } = await partialFailure(create({ content: "a" }));
        expect(await read(id, state)).toBeUndefined();
        await contextFileHandlers.delete({ id, state, account });
    });

    it("is no partial failure if AGB certainly did nothing", async () => {
        agb.fault("objects:EntityTooLarge:1:1");
        await expect(create({ content: "a" })).rejects.not.toBeInstanceOf(PartialFailure);
        const made = await create({ content: "a" });
        agb.fault("GetContextFileUploadUrl:NoQuota:1:1");
        await expect(
            contextFileHandlers.update({ ...made, inputs: inputs({ content: "b" }), account }),
        ).rejects.toThrow(/NoQuota/);
        expect(await content()).toBe("a");
    });

    it("ends at its time limit", async () => {
        agb.fault("objects:hang:1");
        const { message } = await partialFailure(create({ content: "a", __timeouts: { create: "200ms" } }));
        expect(message).toContain(
            "The upload was canceled because it did not finish in time. Run `pulumi up` again to repeat it, or allow more time with customTimeouts.",
        );
    });

    it.each(["Forbidden:1:1", "403:1:1"])(
        "is a partial failure if the listing after the upload fails with %s, and is not uploaded twice",
        async (fault) => {
            const news = inputs({ content: "a", overwrite: true });
            agb.fault(`DescribeContextFiles:${fault}`);
            const { id, state, message } = await partialFailure(contextFileHandlers.create({ inputs: news, account }));
            expect(message).toMatch(
                /^ContextFile "prompt" \(.+\) was uploaded, but AGB could not list it: .+ Run `pulumi up` again to check it\.$/,
            );
            expect(state).toMatchObject({ hash: sha256("a"), size: 1 });
            later();
            expect(await diff(id, state, { content: "a", overwrite: true })).toMatchObject({ changes: false });
            const repaired = await contextFileHandlers.update({ id, state, inputs: news, account });
            expect(repaired.state.modifiedTime).toBe((await agb.client.findContextFile(contextId, FILE))?.gmtModified);
            expect(uploads()).toBe(1);
            await contextFileHandlers.delete({ id, state, account: later() });
            expect(await files()).toEqual([]);
        },
    );

    it("of a replacement survives the deletion of what it replaces", async () => {
        const old = await create({ content: "old" });
        later();
        agb.fault("DescribeContextFiles:Forbidden:1:1");
        await partialFailure(create({ content: "new", overwrite: true }));
        await contextFileHandlers.delete({ ...old, account });
        expect(await content()).toBe("new");
    });
});

describe("diff and update", () => {
    it("see no change if the content is the same, however it is given", async () => {
        const { id, state } = await create({ content: "same" });
        for (const news of [
            { content: "same" },
            { source: stringAsset("same") },
            { source: fileAsset(localFile("same.txt", "same")) },
        ]) {
            expect(await diff(id, state, news)).toEqual({ changes: false, replaces: [], deleteBeforeReplace: false });
        }
    });

    it("upload changed content in place", async () => {
        const { id, state } = await create({ content: "a" });
        expect(await diff(id, state, { content: "b" })).toEqual({
            changes: true,
            replaces: [],
            deleteBeforeReplace: false,
        });
        expect(
            (await contextFileHandlers.update({ id, state, inputs: inputs({ content: "b" }), account })).state,
        ).toMatchObject({ hash: sha256("b"), size: 1 });
        expect(await content()).toBe("b");
    });

    it("upload nothing if only overwrite changes", async () => {
        const { id, state } = await create({ content: "a" });
        expect(await diff(id, state, { content: "a", overwrite: true })).toMatchObject({ changes: true, replaces: [] });
        const updated = await contextFileHandlers.update({
            id,
            state,
            inputs: inputs({ content: "a", overwrite: true }),
            account,
        });
        expect(updated.state).toEqual({ ...state, overwrite: true });
        expect(uploads()).toBe(1);
    });

    it("expect a change of what is not known yet", async () => {
        const { id, state } = await create({ content: "a" });
        expect(await diff(id, state, { content: unknown })).toMatchObject({ changes: true, replaces: [] });
        expect(await diff(id, state, { content: "a", contextId: unknown })).toMatchObject({
            changes: true,
            replaces: ["contextId"],
        });
        expect(await diff(id, state, { content: "a", path: unknown })).toEqual({
            changes: true,
            replaces: ["path"],
            deleteBeforeReplace: false,
        });
    });

    it("keep the state of a file whose context is gone", async () => {
        const { id, state } = await create({ content: "a" });
        await agb.client.deleteContext(contextId);
        later();
        const news = inputs({ content: "a", overwrite: true });
        expect(await contextFileHandlers.update({ id, state, inputs: news, account })).toEqual({
            state: { ...state, overwrite: true },
        });
    });

    it("replace the file, creating first, if it moves to another context, even below its old path", async () => {
        const { id, state } = await create({ content: "a" });
        const other = (await agb.client.ensureContext("other")).id;
        expect(await diff(id, state, { content: "a", contextId: other, path: `${FILE}/b` })).toEqual({
            changes: true,
            replaces: ["contextId", "path"],
            deleteBeforeReplace: false,
        });
    });

    it("replace the file, creating first, if its context or path changes", async () => {
        const old = await create({ content: "a" });
        expect(await diff(old.id, old.state, { content: "a", path: "/home/work/b" })).toEqual({
            changes: true,
            replaces: ["path"],
            deleteBeforeReplace: false,
        });
        later();
        await create({ content: "a", path: "/home/work/b" });
        await contextFileHandlers.delete({ ...old, account });
        expect(await files()).toEqual(["/home/work/b"]);
    });
});

describe("read", () => {
    it("finds an unchanged file without downloading it", async () => {
        const { id, state } = await create({ content: "a" });
        later();
        requests.length = 0;
        expect(await read(id, state)).toEqual({ state });
        expect(requests).toEqual(["POST DescribeContextFiles"]);
    });

    it("shows outside changes, even at the same size, and the next deployment reverts them", async () => {
        const { id, state } = await create({ content: "mine" });
        for (const theirs of ["longer than mine", "hers"]) {
            await agb.local.clock.advance(5000);
            await agb.client.uploadContextFile(contextId, FILE, { text: theirs });
            later();
            const found = await read(id, state);
            expect(found?.state).toMatchObject({ hash: sha256(theirs), size: theirs.length });
            expect(await diff(id, found?.state as State, { content: "mine" })).toMatchObject({
                changes: true,
                replaces: [],
            });
        }
        expect(reported).toContain("prompt: the file has changed, reading it");
        await contextFileHandlers.update({ id, state, inputs: inputs({ content: "mine" }), account });
    });

    it("ignores a new upload of the same content", async () => {
        const { id, state } = await create({ content: "mine" });
        await agb.local.clock.advance(5000);
        await agb.client.uploadContextFile(contextId, FILE, { text: "mine" });
        later();
        const found = await read(id, state);
        expect(found?.state.modifiedTime).not.toBe(state.modifiedTime);
        expect(await diff(id, found?.state as State, { content: "mine" })).toMatchObject({ changes: false });
    });

    it("distinguishes a deleted file or context from a failed query", async () => {
        const { id, state } = await create({ content: "a" });
        later();
        agb.fault("DescribeContextFiles:InternalError:1:1");
        await expect(read(id, state)).rejects.toThrow(/InternalError/);
        const lost = unreachableClient();
        await expect(contextFileHandlers.read({ id, state, account: accountOf(lost) })).rejects.toThrow(
            /cannot be reached/,
        );
        await lost.close();
        await agb.client.deleteContextFile(contextId, FILE);
        later();
        expect(await read(id, state)).toBeUndefined();
        await agb.client.deleteContext(contextId);
        later();
        expect(await read(id, state)).toBeUndefined();
    });

    it("repeats a listing and a download that failed", async () => {
        const { id, state } = await create({ content: "a" });
        await agb.client.uploadContextFile(contextId, FILE, { text: "theirs" });
        later();
        for (const call of ["DescribeContextFiles", "GetContextFileDownloadUrl"]) {
            agb.fault(`${call}:Forbidden:1:1`);
            await expect(read(id, state)).rejects.toThrow("Forbidden");
        }
        expect((await read(id, state))?.state).toMatchObject({ hash: sha256("theirs") });
    });

    it("does not take a folder for the file", async () => {
        const { id, state } = await create({ content: "a" });
        await agb.client.deleteContextFile(contextId, FILE);
        await agb.client.uploadContextFile(contextId, `${FILE}/b`, { text: "a" });
        later();
        expect(await read(id, state)).toBeUndefined();
    });

    it("looks again at once for a file that an earlier listing did not have", async () => {
        const { id, state } = await create({ content: "a" });
        await agb.client.deleteContextFile(contextId, FILE);
        vi.useFakeTimers({ toFake: ["Date"] });
        try {
            later();
            expect(await read(id, state)).toBeUndefined();
            await agb.client.uploadContextFile(contextId, FILE, { text: "a" });
            expect((await read(id, state))?.state).toMatchObject({ hash: sha256("a") });
        } finally {
            vi.useRealTimers();
        }
    });
});

describe("delete", () => {
    it("deletes only the file", async () => {
        await agb.client.uploadContextFile(contextId, "/home/work/other", { text: "a" });
        const made = await create({ content: "a" });
        await contextFileHandlers.delete({ ...made, account: later() });
        expect(await files()).toEqual(["/home/work/other"]);
    });

    it("succeeds if the file or its context no longer exists", async () => {
        const made = await create({ content: "a" });
        await agb.client.deleteContextFile(contextId, FILE);
        await contextFileHandlers.delete({ ...made, account: later() });
        await agb.client.deleteContext(contextId);
        await contextFileHandlers.delete({ ...made, account });
    });

    it("fails if the file still exists", async () => {
        const made = await create({ content: "a" });
        later();
        agb.fault("DeleteContextFile:Forbidden.Locked:1:1");
        await expect(contextFileHandlers.delete({ ...made, account })).rejects.toThrow(
            /^ContextFile "prompt" \(.+\) could not be deleted: AGB said: .+\(Forbidden\.Locked, /,
        );
        expect(await files()).toEqual([FILE]);
    });

    it("fails if it is not known whether the file still exists", async () => {
        const made = await create({ content: "a" });
        later();
        agb.fault("DeleteContextFile:Forbidden.Locked:1:1");
        agb.fault("DescribeContextFiles:InternalError:1:1");
        await expect(contextFileHandlers.delete({ ...made, account })).rejects.toThrow(
            /could not be deleted: AGB said: .+\(Forbidden\.Locked, /,
        );
    });

    it("keeps a file that another resource wrote at the same path in the same deployment", async () => {
        const old = await create({ content: "old" });
        later();
        await create({ content: "new", overwrite: true });
        await contextFileHandlers.delete({ ...old, account });
        expect(await content()).toBe("new");
    });
});
