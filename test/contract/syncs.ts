/** Assumptions about syncs while a session is running. */
import { expect } from "vitest";
import type { Assumption } from "./assumption";
import type { World } from "./world";

const PATH = "/home/w";
const NO_DOWNLOAD = { downloadPolicy: { autoDownload: false } };
const KEEP = { deletePolicy: { syncLocalFile: false } };

/** A session in which a context with these files is mounted. */
async function mounted(world: World, files: Record<string, string> = {}, policy = {}) {
    const contextId = await world.context(files);
    const sessionId = await world.ready([{ contextId, path: PATH, policy }]);
    return { contextId, sessionId };
}

export const syncAssumptions: Assumption[] = [
    {
        id: "task-listed-after-create",
        sentence: "a download of each mount is listed right after createSession, also of an empty context",
        async check(world) {
            const [empty, filled] = [await world.context(), await world.context({ "/home/b/f": "f" })];
            const sessionId = await world.session([
                { contextId: empty, path: "/home/a" },
                { contextId: filled, path: "/home/b" },
            ]);
            const tasks = await world.agb.tasks(sessionId);
            expect(tasks.map(({ contextId, path, taskType }) => [contextId, path, taskType]).sort()).toEqual(
                [
                    [empty, "/home/a", "download"],
                    [filled, "/home/b", "download"],
                ].sort(),
            );
        },
    },
    {
        id: "task-listed-after-sync",
        sentence: "the tasks of a sync are listed right after SyncContext, and are not the ones from before it",
        async check(world) {
            const { sessionId } = await mounted(world);
            await world.sync(sessionId, { mode: "upload" });
            await world.pass(2);
            const [before] = await world.agb.tasks(sessionId, { taskType: "upload" });
            await world.agb.data("POST", "/sdk/SyncContext", { query: { sessionId, mode: "upload" } });
            const [after] = await world.agb.tasks(sessionId, { taskType: "upload" });
            expect(after).toBeDefined();
            const hasChanged = after?.startTime !== before?.startTime || !/success|failed/i.test(after?.status ?? "");
            expect(hasChanged, "the old task is still listed").toBe(true);
        },
    },
    {
        id: "task-no-history",
        sentence: "GetContextInfo lists one task for each context, path and type, the latest",
        async check(world) {
            const { sessionId } = await mounted(world);
            await world.sync(sessionId, { mode: "upload" });
            const tasks = await world.sync(sessionId, { mode: "upload" });
            expect(tasks.map(({ taskType }) => taskType).sort()).toEqual(["download", "upload"]);
        },
    },
    {
        id: "task-times",
        sentence: "the times of a finished task are epoch numbers in order, near the service's own time",
        async check(world) {
            const { sessionId } = await mounted(world);
            const { headers } = await world.agb.status(sessionId);
            const [task] = await world.agb.tasks(sessionId);
            const milliseconds = (time = 0): number => (time < 1e11 ? time * 1000 : time);
            const [start, finish] = [milliseconds(task?.startTime), milliseconds(task?.finishTime)];
            expect(finish).toBeGreaterThanOrEqual(start);
            expect(Math.abs(Date.parse(String(headers.date)) - finish)).toBeLessThan(180_000);
        },
    },
    {
        id: "task-context-id",
        sentence: "a mount whose contextId is a name works, and its task has the id of the context",
        async check(world) {
            const name = world.contextName();
            const id = await world.agb.createContext(name);
            const sessionId = await world.ready([{ contextId: name, path: PATH }]);
            expect(await world.agb.tasks(sessionId)).toMatchObject([{ contextId: id, path: PATH }]);
        },
    },
    {
        id: "sync-not-mounted",
        sentence: "SyncContext refuses a path that is not mounted",
        async check(world) {
            const { contextId, sessionId } = await mounted(world);
            const query = { sessionId, contextId, path: "/home/other", mode: "upload" };
            expect((await world.agb.call("POST", "/sdk/SyncContext", { query })).success).toBe(false);
        },
    },
    {
        id: "sync-folder",
        sentence: "SyncContext accepts a folder below a mount, and its task has that path",
        async check(world) {
            const { contextId, sessionId } = await mounted(world, { [`${PATH}/in/a`]: "a" });
            const path = `${PATH}/in`;
            await world.sync(sessionId, { contextId, path, mode: "upload" });
            expect(await world.agb.tasks(sessionId, { path })).toMatchObject([{ path, taskType: "upload" }]);
        },
    },
    {
        id: "download-manual",
        sentence: "with autoDownload false no download is listed and nothing arrives, until SyncContext downloads",
        async check(world) {
            const { sessionId } = await mounted(world, { [`${PATH}/a`]: "a" }, NO_DOWNLOAD);
            expect(await world.agb.tasks(sessionId)).toEqual([]);
            expect(await world.agb.read(sessionId, `${PATH}/a`)).toBeUndefined();
            await world.sync(sessionId, { mode: "download" });
            expect(await world.agb.read(sessionId, `${PATH}/a`)).toBe("a");
        },
    },
    {
        id: "download-keeps",
        sentence:
            "a download replaces files of the session by the context's, and keeps those that only the session has",
        async check(world) {
            const { contextId, sessionId } = await mounted(world, { [`${PATH}/a`]: "old" });
            await world.agb.write(sessionId, `${PATH}/own`, "own");
            await world.agb.put(contextId, `${PATH}/a`, "newer");
            expect(await world.agb.read(sessionId, `${PATH}/a`)).toBe("old");
            await world.sync(sessionId, { mode: "download" });
            expect(await world.agb.read(sessionId, `${PATH}/a`)).toBe("newer");
            expect(await world.agb.read(sessionId, `${PATH}/own`)).toBe("own");
        },
    },
    {
        id: "upload-default",
        sentence: "SyncContext without a mode uploads",
        async check(world) {
            const { contextId, sessionId } = await mounted(world);
            await world.agb.write(sessionId, `${PATH}/a`, "a");
            await world.sync(sessionId);
            expect(await world.agb.get(contextId, `${PATH}/a`)).toBe("a");
        },
    },
    {
        id: "sync-every-mount",
        sentence: "SyncContext without a mount starts a sync of each mount, whatever its policy",
        async check(world) {
            const NO_UPLOAD = { uploadPolicy: { autoUpload: false } };
            const [one, two] = [await world.context(), await world.context()];
            const sessionId = await world.ready([
                { contextId: one, path: "/home/one" },
                { contextId: two, path: "/home/two", policy: NO_UPLOAD },
            ]);
            const tasks = await world.sync(sessionId, { mode: "upload" });
            const uploads = tasks.filter(({ taskType }) => taskType === "upload");
            expect(uploads.map(({ path }) => path).sort()).toEqual(["/home/one", "/home/two"]);
        },
    },
    {
        id: "upload-removes",
        sentence: "an upload removes what only the context has, unless syncLocalFile is false",
        async check(world) {
            for (const [policy, isKept] of [[{}, false] as const, [KEEP, true] as const]) {
                const { contextId, sessionId } = await mounted(world, {}, policy);
                await world.agb.put(contextId, `${PATH}/later`, "later");
                await world.sync(sessionId, { mode: "upload" });
                expect((await world.agb.get(contextId, `${PATH}/later`)) === "later").toBe(isKept);
            }
        },
    },
    {
        id: "upload-modes",
        sentence: "one context can store one path as files and another as an archive, in one session",
        async check(world) {
            const contextId = await world.context();
            const archive = { uploadPolicy: { uploadMode: "Archive" } };
            const mounts = [
                { contextId, path: "/home/archive", policy: archive },
                { contextId, path: "/home/files" },
            ];
            const first = await world.ready(mounts);
            for (const { path } of mounts) await world.agb.write(first, `${path}/f`, path);
            expect((await world.sync(first, { mode: "upload" })).map(({ status }) => status)).not.toContain("Failed");
            await world.release(first);
            const second = await world.ready(mounts);
            for (const { path } of mounts) expect(await world.agb.read(second, `${path}/f`)).toBe(path);
        },
    },
];
