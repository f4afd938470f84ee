/** Large numbers of files and sessions. `bench/load.mjs` measures what they cost. */
import { createReadStream, readFileSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forEachConcurrently } from "../../../common/concurrency";
import { tempFolder } from "../../support/tempFolder";
import { clientOf, startServer, type TestClient } from "./client";
import { startProcess, type ServerProcess } from "./process";

const MB = 1024 * 1024;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("a local AGB", () => {
    it("stores thousands of files in a context, lists them in pages, and downloads them to the next session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("many");
        const sessionFolder = (id: string): string => join(agb.local.dataFolder, "sessions", id, "root/home/w");
        const writer = await agb.readySession([{ contextId, path: "/home/w" }]);
        const names = numbers(2000)
            .map((number) => `file-${number}`)
            .sort();
        await forEachConcurrently(names, 8, (name) =>
            writeFile(join(sessionFolder(writer), name), `content of ${name}`),
        );
        expect(await agb.sync(writer)).toContainEqual(
            expect.objectContaining({ taskType: "upload", status: "Success" }),
        );
        expect(await agb.files(contextId)).toEqual(names.map((name) => `/home/w/${name}`));
        const reader = await agb.readySession([{ contextId, path: "/home/w" }]);
        expect((await readdir(sessionFolder(reader))).sort()).toEqual(names);
        await forEachConcurrently(names, 8, async (name) =>
            expect(await readFile(join(sessionFolder(reader), name), "utf8")).toBe(`content of ${name}`),
        );
        await agb.release(reader);
        expect(await readdir(join(agb.local.dataFolder, "sessions"))).toEqual([writer]);
    });

    it("runs 200 sessions at once, and loses no data when all are released at once", async () => {
        const warnings: Error[] = [];
        process.on("warning", (warning) => warnings.push(warning));
        const agb = await startServer();
        const contextId = await agb.createContext("shared");
        await forEachConcurrently(numbers(200), 20, (number) =>
            agb.put(contextId, `/home/w${number}/given`, String(number)),
        );
        const sessions = await Promise.all(
            numbers(200).map((number) => agb.createSession([{ contextId, path: `/home/w${number}` }])),
        );
        await agb.local.whenIdle();
        expect(await agb.call("GET", "/sdk/ListSession")).toMatchObject({ count: 200 });
        await Promise.all(
            sessions.map(async (sessionId, number) => {
                expect(await agb.read(sessionId, `/home/w${number}/given`)).toBe(String(number));
                await agb.write(sessionId, `/home/w${number}/made`, `by ${sessionId}`);
            }),
        );
        await Promise.all(sessions.map((sessionId) => agb.release(sessionId)));
        expect(await agb.call("GET", "/sdk/ListSession")).toMatchObject({ count: 0 });
        expect(await Promise.all(numbers(200).map((number) => agb.get(contextId, `/home/w${number}/made`)))).toEqual(
            sessions.map((sessionId) => `by ${sessionId}`),
        );
        expect(warnings).toEqual([]);
    });

    it.runIf(process.platform === "linux")(
        "creates, syncs and releases a session with 1,000 mounts in seconds, with modest memory and a small journal",
        async () => {
            const folder = tempFolder("mounts");
            const server = await startProcess(folder);
            const before = mostMemory(server);
            try {
                const agb = clientOf(server);
                const contextId = await agb.createContext("many");
                const begun = performance.now();
                const sessionId = await agb.createSession(
                    numbers(1000).map((number) => ({ contextId, path: `/home/w${number}` })),
                );
                await allEnded(agb, sessionId);
                await agb.data("POST", "/sdk/SyncContext", { query: { sessionId } });
                await allEnded(agb, sessionId);
                await agb.release(sessionId);
                expect(performance.now() - begun).toBeLessThan(30_000);
                expect(mostMemory(server) - before).toBeLessThan(250 * MB);
                expect((await stat(join(folder, "state.jsonl"))).size).toBeLessThan(20 * MB);
            } finally {
                await server.end("SIGKILL");
            }
        },
    );

    it.runIf(process.platform === "linux")(
        "never keeps file contents in memory: in syncs, archives and presigned URLs",
        async () => {
            const size = 192 * MB;
            const folder = await mkdtemp(join(tmpdir(), "agb-large-"));
            const server = await startProcess(join(folder, "data"));
            try {
                const agb = clientOf(server);
                const before = mostMemory(server);
                for (const uploadMode of ["File", "Archive"]) {
                    const contextId = await agb.createContext(uploadMode);
                    const make = (): Promise<string> =>
                        agb.createSession([{ contextId, path: "/home/w", policy: { uploadPolicy: { uploadMode } } }]);
                    const file = (sessionId: string): string =>
                        join(folder, "data/sessions", sessionId, "root/home/w/large");
                    const writer = await make();
                    await allEnded(agb, writer);
                    await mkdir(join(file(writer), ".."), { recursive: true });
                    // A hole, which costs no time to write and reads as zeros.
                    const handle = await open(file(writer), "w");
                    await handle.truncate(size);
                    await handle.close();
                    await agb.data("POST", "/sdk/SyncContext", { query: { sessionId: writer } });
                    await allEnded(agb, writer);
                    const reader = await make();
                    await allEnded(agb, reader);
                    expect((await stat(file(reader))).size).toBe(size);
                    if (uploadMode === "Archive") continue;

                    const writesBefore = writesOf(server);
                    const { statusCode, body } = await agb.raw(await agb.url("Upload", contextId, "/home/w/again"), {
                        method: "PUT",
                        headers: { "content-length": String(size) },
                        body: createReadStream(file(writer)),
                    });
                    expect([statusCode, await body.text()]).toEqual([200, ""]);
                    // Two for each piece of a megabyte, and one of the two wakes the server. Pieces of 64 KiB would need 6,000.
                    expect(writesOf(server) - writesBefore).toBeLessThan((4 * size) / MB);
                    let received = 0;
                    for await (const chunk of (
                        await agb.raw(await agb.url("Download", contextId, "/home/w/again"), { method: "GET" })
                    ).body) {
                        received += (chunk as Buffer).length;
                    }
                    expect(received).toBe(size);
                }
                expect(mostMemory(server) - before).toBeLessThan(size / 2);
            } finally {
                await server.end("SIGKILL");
                await rm(folder, { recursive: true, force: true });
            }
        },
    );
});

/** The most memory that a server has used so far. */
function mostMemory({ child }: ServerProcess): number {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024;
}

/** How often a server has written something so far. */
function writesOf({ child }: ServerProcess): number {
    return Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${child.pid}/io`, "utf8"))?.[1]);
}

/** Waits for a session's tasks and fails if one of them fails. */
async function allEnded(agb: TestClient, sessionId: string): Promise<void> {
    await expect
        .poll(
            async () =>
                (await agb.tasks(sessionId)).map(({ status, errorMessage }) =>
                    status === "Failed" ? errorMessage : status === "Success",
                ),
            { timeout: 50_000, interval: 50 },
        )
        .toSatisfy((outcomes: (string | boolean)[]) => outcomes.every((outcome) => outcome !== false));
    expect(
        (await agb.tasks(sessionId)).map(({ errorMessage }) => errorMessage).filter((message) => message !== ""),
    ).toEqual([]);
}
