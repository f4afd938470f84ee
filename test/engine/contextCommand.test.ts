/** `pulumi-agb context`: contexts and their files at a terminal. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { mountSchema, toWireMount } from "../../provider/handlers/session/mounts";
import { startTestAgb, type TestAgb } from "../support/agb";
import { tempFolder } from "../support/tempFolder";
import { runInProcess } from "./inProcess";

let agb: TestAgb;
let id: string;
let cwd: string;

beforeEach(async () => {
    agb = await startTestAgb();
    id = (await agb.client.ensureContext("notes")).id;
    cwd = tempFolder("context-command");
    writeFileSync(join(cwd, "draft.md"), "draft");
});
afterEach(() => agb.close());

const context = (...args: string[]) => runInProcess(["context", ...args], { cwd, env: { ...process.env, ...agb.env } });

it("lists contexts and files, as a table and as JSON", async () => {
    await agb.client.uploadContextFile(id, "/home/work/a.txt", { text: "12345" });
    expect((await context("list")).stdout).toMatch(
        new RegExp(`^ID +NAME +STATE +LAST USED\\n${id} +notes +available +\\S+\\n$`),
    );
    expect(JSON.parse((await context("ls", "--json")).stdout)).toMatchObject([{ id, name: "notes" }]);
    expect((await context("files", "notes")).stdout).toMatch(/^SIZE +MODIFIED +PATH\n5 +\S+ +\/home\/work\/a\.txt\n$/);
    expect(JSON.parse((await context("files", id, "/home", "--json")).stdout)).toMatchObject([
        { path: "/home/work/a.txt", size: 5 },
    ]);
    expect((await context("files", "notes", "/home/other")).stdout).toBe("No files in /home/other.\n");
});

it("copies a file to a context and back, and replaces neither side without --force", async () => {
    expect((await context("put", "notes", "draft.md", "/home/work/")).stdout).toBe(
        `Copied ${join(cwd, "draft.md")} to /home/work/draft.md of context notes (5 bytes)\n`,
    );
    expect(await agb.content(id, "/home/work/draft.md")).toBe("draft");
    writeFileSync(join(cwd, "draft.md"), "second draft");

    const put = await context("put", "notes", "draft.md", "/home/work/draft.md");
    expect(put.text).toBe("error: context notes already has /home/work/draft.md. To replace it, pass --force.\n");
    expect(await agb.content(id, "/home/work/draft.md")).toBe("draft");

    const get = await context("get", "notes", "/home/work/draft.md");
    expect(get.text).toBe(`error: ${join(cwd, "draft.md")} already exists. To replace it, pass --force.\n`);
    expect(readFileSync(join(cwd, "draft.md"), "utf8")).toBe("second draft");

    await context("put", "--force", "notes", "draft.md", "/home/work/draft.md");
    expect(await agb.content(id, "/home/work/draft.md")).toBe("second draft");
    await context("get", "notes", "/home/work/draft.md", "copy.md");
    expect(readFileSync(join(cwd, "copy.md"), "utf8")).toBe("second draft");
    await context("get", "--force", "notes", "/home/work/draft.md", "copy.md");
    expect(readdirSync(cwd).sort()).toEqual(["copy.md", "draft.md"]);
});

it("leaves the local file as it was when a download breaks off", async () => {
    await agb.client.uploadContextFile(id, "/home/work/draft.md", { text: "x".repeat(100_000) });
    agb.fault("objects:truncated:1");
    expect((await context("get", "--force", "notes", "/home/work/draft.md")).exit).toBe(1);
    expect(readFileSync(join(cwd, "draft.md"), "utf8")).toBe("draft");
    expect(readdirSync(cwd)).toEqual(["draft.md"]);
});

it("deletes a file only after a confirmation", async () => {
    await agb.client.uploadContextFile(id, "/home/work/a.txt", { text: "a" });
    const refused = await context("rm", "notes", "/home/work/a.txt");
    expect(refused.text).toBe(
        `This deletes /home/work/a.txt of context notes (${id}).\nerror: nothing was deleted. To confirm, pass --yes.\n`,
    );
    expect(await agb.files(id)).toEqual(["/home/work/a.txt"]);
    expect((await context("rm", "notes", "/home/work/a.txt", "--yes")).exit).toBe(0);
    expect(await agb.files(id)).toEqual([]);
});

it("warns of a session that would undo the change", async () => {
    const { sessionId } = await agb.client.createSession({
        imageId: "agb-code-space-2",
        labels: {},
        mounts: [toWireMount(mountSchema.parse({ contextId: id, path: "/home/work" }))],
    });
    await agb.local.whenIdle();
    const warning = `warning: session ${sessionId} mounts /home/work of this context.`;
    expect((await context("put", "notes", "draft.md", "/home/work/draft.md")).text).toContain(warning);
    expect((await context("rm", "-y", "notes", "/home/work/draft.md")).text).toContain(warning);
    expect((await context("put", "notes", "draft.md", "/home/other/draft.md")).text).not.toContain("warning");
});

it("says what is missing, and how to find what is there", async () => {
    expect((await context("files", "nots")).text).toBe(
        'error: the account has no context with the name or id "nots". To see those that it has, run `npx pulumi-agb context list`.\n',
    );
    expect((await context("get", "notes", "/home/a.txt")).text).toBe(
        "error: context notes has no file /home/a.txt. To see those that it has, run `npx pulumi-agb context files notes`.\n",
    );
    expect((await context("get", "notes", "a.txt")).text).toMatch(/^error: "a\.txt" is not an absolute path\. /);
    expect((await context("put", "notes", "gone.md", "/home/gone.md")).text).toMatch(
        /^error: \S+gone\.md cannot be read: .*\n$/,
    );
});
