/** Files that a killed run has uploaded and that no state contains: the next deployment recognizes them. */
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Account } from "../../provider/handlers/account";
import { contextHandlers as context } from "../../provider/handlers/context";
import { contextFileHandlers as file } from "../../provider/handlers/files/contextFile";
import { contextFolderHandlers as folder } from "../../provider/handlers/files/contextFolder";
import { startTestAgb, type TestAgb } from "../support/agb";
import { accountOf, originOf } from "../support/handlers";
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

const fileInputs = (content: string) =>
    file.check({ olds: {}, news: { contextId, path: PATH, content, __origin: originOf("a") } })
        .inputs as unknown as Parameters<typeof file.create>[0]["inputs"];
async function folderInputs() {
    const news = { contextId, path: "/home/work", source, __origin: originOf("data") };
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
const destroyContext = () =>
    context.delete({
        id: contextId,
        state: { name: "n", adopt: false, adopted: false, forceDestroy: false, __origin: originOf("n") },
        account: accountOf(agb.client),
    });

const killCreation = (content: string) => killed((account) => file.create({ inputs: fileInputs(content), account }));

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
