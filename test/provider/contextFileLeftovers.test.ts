/** Files that a killed run has uploaded and that no state contains: the next deployment recognizes them. */
import { cpSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers as context } from "../../provider/handlers/context";
import { contextFileHandlers as file } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers as folder } from "../../provider/handlers/files/contextFolder";
import type { Origin } from "../../provider/handlers/origin";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf, partialFailure } from "../support/handlers";
import { tempFolder } from "../support/tempFolder";

const PATH = "/home/work/a";
let agb: TestAgb;
let contextId: string;
let source: string;
const dataHome = process.env.XDG_DATA_HOME;

beforeEach(async () => {
    process.env.XDG_DATA_HOME = tempFolder("data");
    agb = await startTestAgb();
    contextId = (await agb.client.ensureContext("n")).id;
    source = tempFolder("source");
});
afterEach(async () => {
    if (dataHome === undefined) delete process.env.XDG_DATA_HOME;
    else process.env.XDG_DATA_HOME = dataHome;
    await agb.close();
});

const fileInputs = (content: string, more: Record<string, unknown> = {}) =>
    file.check({ olds: {}, news: { contextId, path: PATH, content, __origin: originOf("a"), ...more } })
        .inputs as unknown as Parameters<typeof file.create>[0]["inputs"];
async function folderInputs(more: Record<string, unknown> = {}) {
    const news = { contextId, path: "/home/work", source, __origin: originOf("data"), ...more };
    return (await folder.check({ olds: {}, news })).inputs as unknown as Parameters<typeof folder.create>[0]["inputs"];
}
/** Runs a call up to its first upload, and leaves everything as it was then: as if the run had been killed. */
async function killed(call: (account: Account) => Promise<unknown>): Promise<void> {
    const data = process.env.XDG_DATA_HOME ?? "";
    const atUpload = tempFolder("at-upload");
    const account = accountOf(
        new Proxy(agb.client, {
            get(target, key) {
                if (key === "uploadContextFile") cpSync(data, atUpload, { recursive: true });
                const member: unknown = Reflect.get(target, key);
                return typeof member === "function" ? (member.bind(target) as unknown) : member;
            },
        }),
    );
    await call(account);
    cpSync(atUpload, data, { recursive: true });
}
const destroyContext = (__origin: Origin | null = originOf("n"), id = contextId) =>
    context.delete({
        id,
        state: { name: "n", adopt: false, adopted: false, forceDestroy: false, ...(__origin && { __origin }) },
        account: accountOf(agb.client),
    });

const killCreation = (content: string, more: Record<string, unknown> = {}) =>
    killed((account) => file.create({ inputs: fileInputs(content, more), account }));
const put = (text: string, path = PATH) => agb.client.uploadContextFile(contextId, path, { text });
const content = (path = PATH) => agb.content(contextId, path);
/** The files of the user's data folder that are notes. */
const notes = (data = process.env.XDG_DATA_HOME ?? "") =>
    readdirSync(data, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && entry.parentPath.includes("/files/"),
    );

it("of a file are replaced by the next deployment, even if the declared content has changed since", async () => {
    await killCreation("first");
    await file.create({ inputs: fileInputs("second"), account: accountOf(agb.client) });
    expect(await agb.content(contextId, PATH)).toBe("second");
});

it("of a file are deleted with the context by the next destroy", async () => {
    await killCreation("first");
    expect(await agb.files(contextId)).toEqual([PATH]);
    await destroyContext();
    expect(await agb.contexts()).toEqual([]);
});

it("of a file that a session has changed keep the context from being deleted", async () => {
    await killCreation("first");
    await agb.client.uploadContextFile(contextId, PATH, { text: "work of a session" });
    await expect(file.create({ inputs: fileInputs("first"), account: accountOf(agb.client) })).rejects.toThrow(
        "a file already exists there",
    );
    await expect(destroyContext()).rejects.toThrow("it holds 1 file");
    expect(await agb.content(contextId, PATH)).toBe("work of a session");
});

it("of a folder are replaced by the next deployment, and deleted with the folder by the next destroy", async () => {
    writeFileSync(join(source, "b"), "first");
    const first = await folderInputs();
    await killed((account) => folder.create({ inputs: first, account }));
    writeFileSync(join(source, "b"), "second");
    const { state } = await folder.create({ inputs: await folderInputs(), account: accountOf(agb.client) });
    expect(await agb.content(contextId, "/home/work/b")).toBe("second");

    writeFileSync(join(source, "c"), "c");
    const second = await folderInputs();
    await killed((account) => folder.update({ id: "x", state, inputs: second, account }));
    expect(await agb.files(contextId)).toEqual(["/home/work/b", "/home/work/c"]);
    await folder.delete({ id: "x", state, account: accountOf(agb.client) });
    expect(await agb.files(contextId)).toEqual([]);
});

it("of a folder are deleted by the next deployment if they are no longer in the local folder", async () => {
    writeFileSync(join(source, "b"), "b");
    writeFileSync(join(source, "c"), "c");
    const first = await folderInputs();
    await killed((account) => folder.create({ inputs: first, account }));
    rmSync(join(source, "c"));
    await folder.create({ inputs: await folderInputs(), account: accountOf(agb.client) });
    expect(await agb.files(contextId)).toEqual(["/home/work/b"]);
});

it("survive a failed attempt to look at them", async () => {
    await killCreation("first");
    agb.fault("DescribeContextFiles:Forbidden:1:1");
    await expect(file.create({ inputs: fileInputs("second"), account: accountOf(agb.client) })).rejects.toThrow(
        "Forbidden",
    );
    await destroyContext();
    expect(await agb.contexts()).toEqual([]);
});

it("are not what a finished run created, even if the state no longer has it", async () => {
    await file.create({ inputs: fileInputs("kept"), account: accountOf(agb.client) });
    await expect(destroyContext()).rejects.toThrow("it holds 1 file");
});

it("are not what a failed run has in its state", async () => {
    agb.fault("objects:reset:1:3");
    await partialFailure(
        file.create({ inputs: fileInputs("kept", { overwrite: true }), account: accountOf(agb.client) }),
    );
    expect(notes()).toEqual([]);
    await killCreation("noted", { path: "/home/work/b", __origin: originOf("b") });
    expect(notes()).toHaveLength(1);
    agb.fault("objects:reset:1:3");
    const again = fileInputs("noted", { path: "/home/work/b", overwrite: true, __origin: originOf("b") });
    await partialFailure(file.create({ inputs: again, account: accountOf(agb.client) }));
    expect(notes()).toEqual([]);
});

it("are not taken for files of the same content at another path", async () => {
    writeFileSync(join(source, "a"), "first");
    const first = await folderInputs();
    await killed((account) => folder.create({ inputs: first, account }));
    await put("first", "/home/work/b");
    writeFileSync(join(source, "b"), "other");
    await expect(folder.create({ inputs: await folderInputs(), account: accountOf(agb.client) })).rejects.toThrow(
        'the context already has "b"',
    );
    expect(await content("/home/work/b")).toBe("first");
});

it.each([
    ["context", () => agb.client.ensureContext("other").then(({ id }) => ({ contextId: id }))],
    ["stack", () => Promise.resolve({ __origin: { ...originOf("a"), stack: "other" } })],
    ["project", () => Promise.resolve({ __origin: { ...originOf("a"), project: "other" } })],
])("of one %s are not taken for files of another", async (_, other) => {
    await killCreation("first");
    const news = fileInputs("second", await other());
    await agb.client.uploadContextFile(news.contextId, PATH, { text: "first" });
    await expect(file.create({ inputs: news, account: accountOf(agb.client) })).rejects.toThrow(
        "a file already exists there",
    );
    await expect(destroyContext(news.__origin ?? null, news.contextId).catch(String)).resolves.toContain(
        "it holds 1 file",
    );
    expect(await agb.content(news.contextId, PATH)).toBe("first");
});

it("of one resource are still recognized after another resource was created", async () => {
    const other = { path: "/home/work/b", __origin: originOf("b") };
    await killCreation("a");
    await killCreation("b", other);
    await file.create({ inputs: fileInputs("b", other), account: accountOf(agb.client) });
    await expect(destroyContext()).rejects.toThrow("it holds 1 file");
    expect(await agb.files(contextId)).toEqual(["/home/work/b"]);
});

it("are recognized although another note is damaged", async () => {
    await killCreation("first");
    const [note] = notes();
    for (const [i, text] of ["", "{}", '{"salt":1}'].entries()) {
        writeFileSync(join(note?.parentPath ?? "", `damaged${i}`), text);
    }
    await destroyContext();
    expect(await agb.contexts()).toEqual([]);
});

it("are no files that existed already with the wanted content", async () => {
    await put("from a session", "/home/work/b");
    writeFileSync(join(source, "a"), "a");
    writeFileSync(join(source, "b"), "from a session");
    const inputs = await folderInputs();
    await killed((account) => folder.create({ inputs, account }));
    await expect(destroyContext()).rejects.toThrow("it holds 1 file");
    expect(await agb.files(contextId)).toEqual(["/home/work/b"]);
});

it("are kept if another resource of the deployment manages them now", async () => {
    writeFileSync(join(source, "a"), "a");
    writeFileSync(join(source, "b"), "b");
    const first = await folderInputs();
    await killed((account) => folder.create({ inputs: first, account }));
    rmSync(join(source, "a"));
    const account = accountOf(agb.client);
    await file.create({ inputs: fileInputs("a"), account });
    await folder.create({ inputs: await folderInputs(), account });
    expect(await agb.files(contextId)).toEqual([PATH, "/home/work/b"]);
});

it("are not expected, so nothing is noted, if a run creates no file", async () => {
    writeFileSync(join(source, "a"), "a");
    const { state } = await folder.create({ inputs: await folderInputs(), account: accountOf(agb.client) });
    writeFileSync(join(source, "a"), "changed");
    const second = await folderInputs();
    await killed((account) => folder.update({ id: "x", state, inputs: second, account }));
    expect(notes()).toEqual([]);
});

it("cannot be recognized without the name of the resource", async () => {
    await killCreation("first", { __origin: undefined });
    const account = accountOf(agb.client);
    await expect(file.create({ inputs: fileInputs("second", { __origin: undefined }), account })).rejects.toThrow(
        "a file already exists there",
    );
    await agb.client.deleteContextFile(contextId, PATH);
    await destroyContext(null);
    expect(await agb.contexts()).toEqual([]);
});
