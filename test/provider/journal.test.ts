/** The journal of what runs are about to do: who can read it, how long it stays, and what it survives. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";
import { currentDeployment, Journal } from "../../provider/handlers/support/journal";

const entrySchema = z.object({ sessionId: z.string() });
const MAX_AGE_MS = 60_000;
const entry = { sessionId: "s-0123" };

let journal: Journal<z.infer<typeof entrySchema>>;
let kinds = 0;
const newJournal = (kind: string) => new Journal(kind, entrySchema, MAX_AGE_MS);
beforeEach(() => {
    journal = newJournal(`test${++kinds}`);
});
afterEach(() => void vi.unstubAllEnvs());

const files = () => readdirSync(journal.folder);
const fileOf = (name: string) => join(journal.folder, name);

it("returns an entry to every process of this user that knows its key, until it is removed", async () => {
    await journal.record("key", entry);
    const other = newJournal(basename(journal.folder));
    expect(await other.read("key")).toEqual(entry);
    expect(await other.read("another key")).toBeUndefined();
    await journal.record("key", { sessionId: "s-4567" });
    expect(await other.read("key")).toEqual({ sessionId: "s-4567" });
    expect(files()).toHaveLength(1);
    await journal.remove("key");
    expect(await other.read("key")).toBeUndefined();
    await journal.remove("key");
});

it("keeps entries from other users, and shows neither key nor entry", async () => {
    mkdirSync(journal.folder, { recursive: true });
    chmodSync(journal.folder, 0o755);
    await journal.record("key", entry);
    const [name = ""] = files();
    expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect(statSync(journal.folder).mode & 0o777).toBe(0o700);
    expect(statSync(fileOf(name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(fileOf(name)).toString("latin1")).not.toContain("s-0123");
});

it("ignores an entry that was changed, cut or made by something else", async () => {
    await journal.record("key", entry);
    const [name = ""] = files();
    const bytes = readFileSync(fileOf(name));
    const changed = Buffer.from(bytes);
    changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
    for (const content of [changed, bytes.subarray(0, 20), Buffer.alloc(0)]) {
        writeFileSync(fileOf(name), content);
        expect(await journal.read("key")).toBeUndefined();
    }
});

it("knows the entries that were there at its first look, and its own", async () => {
    expect(await journal.mayHave("key")).toBe(false);
    await journal.record("key", entry);
    expect(await journal.mayHave("key")).toBe(true);
    const other = newJournal(basename(journal.folder));
    expect([await other.mayHave("key"), await other.mayHave("another key")]).toEqual([true, false]);
});

it("removes entries that are too old, once in a process", async () => {
    await journal.record("old", entry);
    const [old = ""] = files();
    await journal.record("new", entry);
    const past = (Date.now() - MAX_AGE_MS - 1000) / 1000;
    utimesSync(fileOf(old), past, past);
    await journal.record("newer", entry);
    expect(files()).toHaveLength(3);
    const other = newJournal(basename(journal.folder));
    await other.record("newest", entry);
    await expect.poll(files).not.toContain(old);
    expect(files()).toHaveLength(3);
    expect(await other.read("new")).toEqual(entry);
});

it("adds an entry, even if an old one cannot be removed", async () => {
    mkdirSync(fileOf("folder/content"), { recursive: true });
    utimesSync(fileOf("folder"), 0, 0);
    await journal.record("key", entry);
    expect(await journal.read("key")).toEqual(entry);
});

it("makes its folder again for another data folder, and after it failed", async () => {
    await journal.record("key", entry);
    const folder = dirname(dirname(journal.folder));
    vi.stubEnv("XDG_DATA_HOME", join(folder, "other"));
    writeFileSync(join(folder, "other"), "in the way");
    await expect(journal.record("key", entry)).rejects.toThrow();
    rmSync(join(folder, "other"));
    await journal.record("key", entry);
    expect(await journal.read("key")).toEqual(entry);
});

it("distinguishes deployments of other folders and backends", () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "file:///tmp/a");
    expect(JSON.parse(currentDeployment())).toEqual([process.cwd(), "file:///tmp/a"]);
    vi.stubEnv("PULUMI_BACKEND_URL", undefined);
    expect(JSON.parse(currentDeployment())).toEqual([process.cwd(), ""]);
});
