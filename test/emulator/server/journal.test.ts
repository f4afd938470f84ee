/** The journal of the account, and data folders of earlier releases. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Account, type ContextRecord, type SessionRecord } from "../../../emulator/account";

let folder: string;
beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "agb-journal-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const journalFile = (): string => join(folder, "state.jsonl");
const context = (id: string, number: number): ContextRecord => ({
    id,
    number,
    name: id,
    region: "",
    createdAt: 0,
    lastUsedAt: 0,
    state: "available",
    generation: 0,
    uploadModes: {},
    recycling: {},
});
const session = (id: string, number: number): SessionRecord => ({
    id,
    number,
    imageId: "agb-code-space-1",
    labels: {},
    mounts: [],
    tasks: [],
    idleSeconds: 300,
    createdAt: 0,
    appInstanceId: "app",
    resourceId: "res",
    token: "token",
    releasing: false,
});

async function replay(entries: unknown[]): Promise<Account> {
    await writeFile(journalFile(), entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    return Account.open(folder);
}

describe("the account's journal", () => {
    it("restores what it recorded", async () => {
        const account = await Account.open(folder);
        await account.saveContext(context("a", account.nextNumber()));
        await account.saveContext(context("b", account.nextNumber()));
        await account.saveSession(session("s", account.nextNumber()));
        await account.removeContext("b");
        await account.close();
        const reopened = await Account.open(folder);
        expect([...reopened.contexts.keys()]).toEqual(["a"]);
        expect([...reopened.sessions.keys()]).toEqual(["s"]);
        expect(reopened.nextNumber()).toBe(4);
        await reopened.close();
    });

    it("reads removals and transfer contexts as the first release wrote them", async () => {
        const { uploadModes: _, ...transfer } = context("transfer", 5);
        const account = await replay([
            { number: 0 },
            { context: context("kept", 1) },
            { context: context("deleted", 2) },
            { contextGone: "deleted" },
            { session: session("running", 3) },
            { session: session("ended", 4) },
            { sessionGone: "ended" },
            { context: { ...transfer, ofSession: "running" } },
        ]);
        expect([...account.contexts.keys()]).toEqual(["kept", "transfer"]);
        expect([...account.sessions.keys()]).toEqual(["running"]);
        expect(account.contexts.get("transfer")?.ownerSessionId).toBe("running");
        expect(account.nextNumber()).toBe(6);
        await account.close();
        expect(await readFile(journalFile(), "utf8")).not.toMatch(/Gone|ofSession/);
    });

    it("ignores an incomplete last line", async () => {
        await writeFile(journalFile(), `${JSON.stringify({ context: context("a", 1) })}\n{"context":{"id":"b"`);
        const account = await Account.open(folder);
        expect([...account.contexts.keys()]).toEqual(["a"]);
        await account.close();
    });
});
