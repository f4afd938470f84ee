/** Files that a release does not upload: they are kept in the folder `unsaved` of the data folder, and announced. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startServer, type Policy, type TestClient } from "./client";
import { MOUNT } from "./mountedFiles";

const MANUAL_DOWNLOAD: Policy = { downloadPolicy: { autoDownload: false } };

/** A server with a context that holds one file. */
async function withPreciousFile() {
    const warnings: string[] = [];
    const agb = await startServer({ warn: (message) => warnings.push(message) });
    const contextId = await agb.createContext("data");
    await agb.put(contextId, `${MOUNT}/precious`, "data");
    return { agb, contextId, warnings };
}

const failNext = (agb: TestClient, call: string) =>
    agb.local.faults.push({ call, kind: "fail", probability: 1, count: 1 });
const unsavedFile = (agb: TestClient, sessionId: string, path: string) =>
    join(agb.local.dataFolder, "unsaved", sessionId, path);

async function expectKept(agb: TestClient, sessionId: string, contextId: string, warnings: string[]): Promise<void> {
    expect(await agb.get(contextId, `${MOUNT}/precious`)).toBe("data");
    expect(await agb.get(contextId, `${MOUNT}/new`)).toBeUndefined();
    expect(await readFile(unsavedFile(agb, sessionId, `root${MOUNT}/new`), "utf8")).toBe("new");
    const reason = `session ${sessionId} was released, but ${MOUNT} was not uploaded, because its last download failed (download of ${MOUNT}: the sync failed (injected fault))`;
    expect(warnings).toEqual([
        `${reason}. Its files are kept in ${unsavedFile(agb, sessionId, "")}`.replace(/\/$/, ""),
    ]);
    expect(await readFile(unsavedFile(agb, sessionId, "reason.txt"), "utf8")).toBe(`${reason}\n`);
}

describe("the files of a mount whose last download failed", () => {
    it("are kept after a release", async () => {
        const { agb, contextId, warnings } = await withPreciousFile();
        failNext(agb, "createSession");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        await agb.release(sessionId);
        await expectKept(agb, sessionId, contextId, warnings);
    });

    it("are kept after an idle release", async () => {
        const { agb, contextId, warnings } = await withPreciousFile();
        failNext(agb, "createSession");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }], { timeout: 60 });
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        await agb.local.clock.advance(61_000);
        await agb.local.whenIdle();
        expect((await agb.status(sessionId)).code).toBe("InvalidMcpSession.NotFound");
        await expectKept(agb, sessionId, contextId, warnings);
    });

    it("are kept if that download was requested by a sync, whether or not the first one succeeded", async () => {
        for (const policy of [{}, MANUAL_DOWNLOAD]) {
            const { agb, contextId, warnings } = await withPreciousFile();
            const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            failNext(agb, "SyncContext");
            await agb.sync(sessionId, { mode: "download" });
            await agb.write(sessionId, `${MOUNT}/new`, "new");
            await agb.release(sessionId);
            await expectKept(agb, sessionId, contextId, warnings);
        }
    });

    it("are kept if only a folder of the mount has been downloaded since", async () => {
        const { agb, contextId, warnings } = await withPreciousFile();
        await agb.put(contextId, `${MOUNT}/in/a`, "a");
        failNext(agb, "createSession");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await agb.sync(sessionId, { mode: "download", contextId, path: `${MOUNT}/in` });
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        await agb.release(sessionId);
        await expectKept(agb, sessionId, contextId, warnings);
    });

    it("are uploaded once the mount has been downloaded, also if that repairs a failed folder below it", async () => {
        const { agb, contextId, warnings } = await withPreciousFile();
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        failNext(agb, "SyncContext");
        await agb.sync(sessionId, { mode: "download", contextId, path: `${MOUNT}/in` });
        await agb.sync(sessionId, { mode: "download" });
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        await agb.release(sessionId);
        expect(await agb.get(contextId, `${MOUNT}/new`)).toBe("new");
        expect(warnings).toEqual([]);
    });
});

describe("nothing is kept or announced", () => {
    it("if the mount is empty, or its policy does not upload", async () => {
        for (const policy of [{}, { uploadPolicy: { autoUpload: false } }]) {
            const { agb, contextId, warnings } = await withPreciousFile();
            failNext(agb, "createSession");
            const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            await agb.tool(sessionId, "create_directory", { path: `${MOUNT}/empty` });
            if ("uploadPolicy" in policy) await agb.write(sessionId, `${MOUNT}/new`, "new");
            await agb.release(sessionId);
            expect(warnings).toEqual([]);
            expect(existsSync(unsavedFile(agb, sessionId, ""))).toBe(false);
        }
    });

    it("if an upload that failed succeeds at the release", async () => {
        const { agb, contextId, warnings } = await withPreciousFile();
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        failNext(agb, "SyncContext");
        await agb.sync(sessionId, { mode: "upload", contextId, path: `${MOUNT}/in` });
        await agb.release(sessionId);
        expect(warnings).toEqual([]);
        expect(existsSync(unsavedFile(agb, sessionId, ""))).toBe(false);
    });
});

it("files are kept if their upload fails, and those of mounts without automatic upload if their last one failed", async () => {
    const { agb, contextId, warnings } = await withPreciousFile();
    const policy = { uploadPolicy: { autoUpload: false } };
    const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
    await agb.write(sessionId, `${MOUNT}/new`, "new");
    failNext(agb, "SyncContext");
    await agb.sync(sessionId, { mode: "upload" });
    await agb.release(sessionId);
    expect(await readFile(unsavedFile(agb, sessionId, `root${MOUNT}/new`), "utf8")).toBe("new");
    expect(warnings).toEqual([
        expect.stringContaining(`but upload of ${MOUNT}: the sync failed (injected fault). Its`),
    ]);
});
