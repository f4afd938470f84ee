/** The file backend: locating stacks, storing their state, and locking them. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Snapshot } from "../../engine/model/types";
import { backendURL, FileBackend, parseStackName } from "../../engine/state/backend";
import { recordUpdate } from "../../engine/state/history";
import { breakLocks, StackLock } from "../../engine/state/lock";
import { newCrypter } from "../../engine/state/passphrase";
import { createStack, readDeployment, removeStack, StackState } from "../../engine/state/stackState";

const STACK = { project: "shop", name: "dev" };
const withResource = (name: string): Snapshot => ({
    resources: [{ urn: `urn:pulumi:dev::shop::a:b:C::${name}`, custom: true, type: "a:b:C" }],
    pendingOperations: [],
});

let folder: string;
let backend: FileBackend;
beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "backend-"));
    backend = new FileBackend(`file://${folder}`, "/");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const read = (...path: string[]): string => readFileSync(join(folder, ".pulumi", ...path), "utf8");

describe("the file backend", () => {
    test("is chosen by the environment, the project, the last login, or is the home folder, in this order", () => {
        writeFileSync(join(folder, "credentials.json"), '{"current":"file:///logged-in"}');
        expect(backendURL({ PULUMI_BACKEND_URL: "file:///e", PULUMI_HOME: folder }, "file:///p")).toBe("file:///e");
        expect(backendURL({ PULUMI_HOME: folder }, "file:///p")).toBe("file:///p");
        expect(backendURL({ PULUMI_HOME: folder })).toBe("file:///logged-in");
        expect(backendURL({ PULUMI_HOME: join(folder, "none") })).toBe("file://~");
    });

    test.each(["https://user:hunter2@api.pulumi.com/x", "s3://bucket", "azblob://c", "gs://b"])(
        "refuses %s by name, without its credentials",
        (url) => {
            const refusal = (): FileBackend => new FileBackend(url, "/");
            expect(refusal).toThrow(/^the backend (https|s3|azblob|gs):\/\/[a-z.]+.* is not supported/);
            expect(refusal).not.toThrow(/hunter2/);
        },
    );

    test("rejects a missing folder and unsupported layouts", () => {
        expect(() => new FileBackend("file:///nowhere/at/all", "/")).toThrow("/nowhere/at/all");
        mkdirSync(join(folder, ".pulumi/stacks"), { recursive: true });
        writeFileSync(join(folder, ".pulumi/stacks/old.json"), "{}");
        expect(() => new FileBackend(`file://${folder}`, "/")).toThrow(/uses the old layout/);
        writeFileSync(join(folder, ".pulumi/meta.yaml"), "version: 2\n");
        expect(() => new FileBackend(`file://${folder}`, "/")).toThrow(/does not support/);
    });

    test("resolves a relative path against the working directory, and accepts options after a question mark", () => {
        expect(new FileBackend("file://.?no_tmp_dir=true", folder).path("x")).toBe(join(folder, ".pulumi", "x"));
    });

    test("parses stack names as the pulumi command does", () => {
        expect(parseStackName("dev", "shop")).toEqual(STACK);
        expect(parseStackName("organization/dev", "shop")).toEqual(STACK);
        expect(parseStackName("organization/other/dev", "shop")).toEqual({ project: "other", name: "dev" });
        expect(() => parseStackName("acme/shop/dev", "shop")).toThrow("acme/shop/dev");
        expect(() => parseStackName("a b", "shop")).toThrow('"a b"');
        expect(() => parseStackName("../evil", "shop")).toThrow();
    });
});

describe("a stack's state", () => {
    const open = async (): Promise<StackState> => {
        const crypter = await newCrypter("x");
        if (!backend.hasStack(STACK)) {
            await createStack(backend, STACK, crypter);
        }
        return StackState.open(backend, STACK, await readDeployment(backend, STACK), crypter, "x");
    };

    test("is stored where the pulumi command expects it, with the previous state as .bak", async () => {
        const state = await open();
        await state.save(withResource("one"));
        await state.save(withResource("two"));
        expect(read("meta.yaml")).toBe("version: 1\n");
        expect(read("stacks/shop/dev.json")).toContain("::two");
        expect(read("stacks/shop/dev.json.bak")).toContain("::one");
        expect(JSON.parse(read("stacks/shop/dev.json.attrs"))).toMatchObject({
            "user.content_type": "text/plain; charset=utf-8",
        });
        expect(readdirSync(join(folder, ".pulumi/stacks/shop")).sort()).toEqual([
            "dev.json",
            "dev.json.attrs",
            "dev.json.bak",
            "dev.json.bak.attrs",
        ]);
        expect(backend.listStacks()).toEqual([STACK]);
    });

    test("has a history of updates, with a backup of each", async () => {
        const state = await open();
        await state.save(withResource("one"));
        await recordUpdate(backend, STACK, {
            kind: "update",
            startedAt: new Date(),
            message: "first",
            config: { "shop:a": "1" },
            result: "succeeded",
            changes: { create: 1 },
        });
        await state.save(withResource("two"));
        const [checkpoint = "", , history = ""] = readdirSync(join(folder, ".pulumi/history/shop/dev")).sort();
        expect(checkpoint).toMatch(/^dev-\d{19}\.checkpoint\.json$/);
        expect(read("history/shop/dev", checkpoint)).toContain("::one");
        expect(JSON.parse(read("history/shop/dev", history))).toMatchObject({
            kind: "update",
            message: "first",
            config: { "shop:a": "1" },
            result: "succeeded",
            resourceChanges: { create: 1 },
        });
        expect(readdirSync(join(folder, ".pulumi/backups/shop/dev"))[0]).toMatch(/^dev\.\d{19}\.json$/);
    });

    test("is reported as missing with the exit status of the pulumi command", async () => {
        await expect(readDeployment(backend, STACK)).rejects.toMatchObject({
            message: expect.stringContaining("no stack named 'dev' found") as string,
            exitStatus: 6,
        });
    });

    test("is removed along with its history, except for the backup", async () => {
        const state = await open();
        await state.save(withResource("one"));
        await recordUpdate(backend, STACK, {
            kind: "update",
            startedAt: new Date(),
            message: "",
            config: {},
            result: "succeeded",
            changes: {},
        });
        await removeStack(backend, STACK);
        expect(backend.hasStack(STACK)).toBe(false);
        expect(read("stacks/shop/dev.json.bak")).toContain("::one");
        expect(readdirSync(join(folder, ".pulumi/history/shop/dev"))).toEqual([]);
    });

    test("is rejected if it is compressed", async () => {
        mkdirSync(join(folder, ".pulumi/stacks/shop"), { recursive: true });
        writeFileSync(join(folder, ".pulumi/stacks/shop/dev.json.gz"), "");
        await expect(readDeployment(backend, STACK)).rejects.toThrow(/dev\.json\.gz/);
    });
});

describe("the lock of a stack", () => {
    test("blocks a second run, and reports its owner", async () => {
        const lock = await StackLock.acquire(backend, STACK);
        await expect(StackLock.acquire(backend, STACK)).rejects.toThrow(
            new RegExp(
                `^the stack is currently locked by another run: .+@.+ \\(pid ${process.pid}\\) since 2\\S+Z\\. Wait until it ends, or .* \`pulumi cancel dev\`\\.$`,
            ),
        );
        await lock.release();
        await (await StackLock.acquire(backend, STACK)).release();
        expect(readdirSync(join(folder, ".pulumi/locks/organization/shop/dev"))).toEqual([]);
    });

    test("admits at most one of two simultaneous runs", async () => {
        for (let round = 0; round < 20; round++) {
            const outcomes = await Promise.allSettled([
                StackLock.acquire(backend, STACK),
                StackLock.acquire(backend, STACK),
            ]);
            const held = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
            expect(held.length).toBeLessThanOrEqual(1);
            await Promise.all(held.map((lock) => lock.release()));
        }
    });

    test("does not block other stacks", async () => {
        const lock = await StackLock.acquire(backend, STACK);
        await (await StackLock.acquire(backend, { ...STACK, name: "other" })).release();
        await lock.release();
    });

    /** Leaves a lock as a process that was killed does. */
    const leaveLock = (pid: number, host: string): void => {
        const locks = join(folder, ".pulumi/locks/organization/shop/dev");
        mkdirSync(locks, { recursive: true });
        writeFileSync(
            join(locks, `${pid}-${host}.json`),
            JSON.stringify({ pid, username: "ann", hostname: host, timestamp: "2026-01-02T03:04:05+01:00" }),
        );
    };
    const refusal = async (): Promise<string> =>
        StackLock.acquire(backend, STACK).then(
            () => "none",
            (error: unknown) => (error as Error).message,
        );

    test("is removed by cancel, regardless of its owner", async () => {
        leaveLock(1, "build-7");
        expect(await refusal()).toMatch(/ ann@build-7 \(pid 1\) since 2026-01-02T03:04:05\+01:00/);
        const owner = "ann@build-7 (pid 1) since 2026-01-02T03:04:05+01:00";
        expect(await breakLocks(backend, STACK)).toEqual([{ owner, isAbandoned: false }]);
        expect(await breakLocks(backend, STACK)).toEqual([]);
        await (await StackLock.acquire(backend, STACK)).release();
    });

    test("is recognized as left behind only if its process does not exist on this machine", async () => {
        const { pid: ended } = spawnSync(process.execPath, ["--version"]);
        leaveLock(ended, hostname());
        expect(await refusal()).toMatch(
            new RegExp(
                `^the stack is currently locked by a run that was killed: ann@.+ \\(pid ${ended}, which no longer exists\\) since \\S+\\. Remove the lock with \`pulumi cancel dev\`, then run the command again\\.$`,
            ),
        );
        // The id of a process means nothing on another machine.
        leaveLock(ended, "build-7");
        expect(await refusal()).toMatch(/^the stack is currently locked by another run: .*ann@build-7 .*\. Wait until/);
        writeFileSync(join(folder, ".pulumi/locks/organization/shop/dev/empty.json"), "");
        expect(await refusal()).toMatch(/ an unknown process \(file:\S+empty\.json\).*cancel dev`\.$/);
        await breakLocks(backend, STACK);
        leaveLock(process.pid, hostname());
        expect(await refusal()).toMatch(/^the stack is currently locked by another run: ann@.*\. Wait until/);
    });
});

test("reading a backend writes nothing to it", () => {
    expect(existsSync(join(folder, ".pulumi"))).toBe(false);
});
