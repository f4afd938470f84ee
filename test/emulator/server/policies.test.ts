/** Mount policies, except archive mode. */
import { describe, expect, it } from "vitest";
import { startServer } from "./client";
import { ARCHIVE, MOUNT, present, writeAll } from "./mountedFiles";

const DAY = 24 * 60 * 60_000;

describe("upload and download policies", () => {
    it("download and upload everything if there is no policy or an empty one", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/old`, "content of old");
        for (const policy of [undefined, ""]) {
            const { sessionId } = await agb.data<{ sessionId: string }>("POST", "/mcp/createSession", {
                query: { imageId: "agb-code-space-1" },
                body: { persistenceDataList: [{ contextId, path: MOUNT, ...(policy !== undefined && { policy }) }] },
            });
            await agb.local.whenIdle();
            expect(await present(agb, sessionId, ["old"])).toEqual(["old"]);
            await writeAll(agb, sessionId, ["new"]);
            await agb.release(sessionId);
            expect(await agb.files(contextId)).toEqual([`${MOUNT}/new`, `${MOUNT}/old`]);
        }
    });

    it("without autoDownload, download only on request", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, `${MOUNT}/old`, "content of old");
        const sessionId = await agb.readySession([
            {
                contextId,
                path: MOUNT,
                policy: { downloadPolicy: { autoDownload: false }, uploadPolicy: { autoUpload: false } },
            },
        ]);
        expect(await present(agb, sessionId, ["old"])).toEqual([]);
        await agb.sync(sessionId, { mode: "download" });
        expect(await present(agb, sessionId, ["old"])).toEqual(["old"]);
    });

    it("without autoUpload, upload on a sync but not on release", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([
            { contextId, path: MOUNT, policy: { uploadPolicy: { autoUpload: false } } },
        ]);
        await writeAll(agb, sessionId, ["synced"]);
        await agb.sync(sessionId);
        await writeAll(agb, sessionId, ["late"]);
        await agb.release(sessionId);
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/synced`]);
    });

    it("preserve the executable bit", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        for (const policy of [{}, ARCHIVE]) {
            await agb.data("POST", "/sdk/ClearContext", { query: { id: contextId } });
            const first = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            await agb.tool(first, "shell", {
                command: `printf '#!/bin/sh\\necho run' > ${MOUNT}/tool && chmod 755 ${MOUNT}/tool`,
                timeout_ms: 5000,
            });
            await agb.release(first);
            const second = await agb.readySession([{ contextId, path: MOUNT, policy }]);
            const info = await agb.tool(second, "get_file_info", { path: `${MOUNT}/tool` });
            expect(info.text).toMatch(/mode:.*755|mode:.*rwxr-xr-x/);
            await agb.release(second);
        }
    });
});

describe("the delete policy", () => {
    for (const syncLocalFile of [true, false]) {
        it(`${syncLocalFile ? "removes" : "keeps"} in the context what the session deleted if syncLocalFile is ${syncLocalFile}`, async () => {
            const agb = await startServer();
            const contextId = await agb.createContext("data");
            await agb.put(contextId, `${MOUNT}/a/deleted`, "x");
            await agb.put(contextId, `${MOUNT}/kept`, "x");
            await agb.put(contextId, "/home/elsewhere", "x");
            const sessionId = await agb.readySession([
                { contextId, path: MOUNT, policy: { deletePolicy: { syncLocalFile } } },
            ]);
            await agb.remove(sessionId, `${MOUNT}/a/deleted`);
            await agb.sync(sessionId);
            expect(await agb.files(contextId)).toEqual([
                "/home/elsewhere",
                ...(syncLocalFile ? [] : [`${MOUNT}/a/deleted`]),
                `${MOUNT}/kept`,
            ]);
        });
    }

    it("allows a file to become a folder, and a folder a file", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: MOUNT }]);
        await writeAll(agb, sessionId, ["a", "b/c"]);
        await agb.sync(sessionId);
        await agb.remove(sessionId, `${MOUNT}/a`);
        await agb.tool(sessionId, "shell", { command: `rm -r ${MOUNT}/b`, timeout_ms: 5000 });
        await writeAll(agb, sessionId, ["a/c", "b"]);
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({ status: "Success" });
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/a/c`, `${MOUNT}/b`]);
    });
});

describe("allowlists", () => {
    const all = ["src/a", "src/node_modules/m", "src/deep/node_modules/n", "srcs/b", "docs/c", "top"];
    const cases: [string, { path: string; excludePaths?: string[] }[], string[]][] = [
        ["that are empty let everything through", [], all],
        [
            "include everything below a path, matching whole components",
            [{ path: "/src" }],
            ["src/a", "src/node_modules/m", "src/deep/node_modules/n"],
        ],
        ["take paths without a leading slash too, and several", [{ path: "docs" }, { path: "top" }], ["docs/c", "top"]],
        [
            "interpret excludes relative to their entry's path",
            [{ path: "/src", excludePaths: ["/node_modules"] }],
            ["src/a", "src/deep/node_modules/n"],
        ],
        [
            "accept excludes relative to the mount",
            [{ path: "/src", excludePaths: ["/src/node_modules"] }],
            ["src/a", "src/deep/node_modules/n"],
        ],
        ["may exclude from everything", [{ path: "", excludePaths: ["src", "top"] }], ["srcs/b", "docs/c"]],
        [
            "treat wildcards literally",
            [{ path: "/s*" }, { path: "/src", excludePaths: ["*"] }],
            ["src/a", "src/node_modules/m", "src/deep/node_modules/n"],
        ],
    ];
    for (const [what, whiteLists, allowed] of cases) {
        it(`${what}, in both directions`, async () => {
            const agb = await startServer();
            const policy = { bwList: { whiteLists } };
            const up = await agb.createContext("up");
            const writer = await agb.readySession([{ contextId: up, path: MOUNT, policy }]);
            await writeAll(agb, writer, all);
            await agb.sync(writer);
            expect(await agb.files(up)).toEqual(allowed.map((file) => `${MOUNT}/${file}`).sort());
            const down = await agb.createContext("down");
            for (const file of all) await agb.put(down, `${MOUNT}/${file}`, `content of ${file}`);
            const reader = await agb.readySession([{ contextId: down, path: MOUNT, policy }]);
            expect(await present(agb, reader, all)).toEqual(all.filter((file) => allowed.includes(file)));
            // What is not let through is not deleted for being missing, either.
            await agb.sync(reader);
            expect(await agb.files(down)).toEqual(all.map((file) => `${MOUNT}/${file}`).sort());
        });
    }
});

describe("the mapping policy", () => {
    it("shows data from another path at the mount, and uploads to the mount's own path", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const first = await agb.readySession([{ contextId, path: "/tmp/old" }]);
        await agb.write(first, "/tmp/old/f", "f");
        await agb.release(first);
        const mount = { contextId, path: "/home/new", policy: { mappingPolicy: { path: "/tmp/old" } } };
        const second = await agb.readySession([mount]);
        expect(await agb.tasks(second)).toMatchObject([{ path: "/home/new", status: "Success" }]);
        expect(await agb.read(second, "/home/new/f")).toBe("f");
        await agb.write(second, "/home/new/f", "changed");
        await agb.release(second);
        expect(await agb.files(contextId)).toEqual(["/home/new/f", "/tmp/old/f"]);
        const third = await agb.readySession([mount]);
        expect(await agb.read(third, "/home/new/f")).toBe("changed");
    });
});

describe("the recycle policy", () => {
    it("deletes files whose last upload is older than the lifecycle, even after the session has ended", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const policy = { recyclePolicy: { lifecycle: "Lifecycle_3Days", paths: ["cache", "/tmp"] } };
        const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        await writeAll(agb, sessionId, ["cache/a", "tmp/b", "kept"]);
        await agb.release(sessionId);
        await agb.put(contextId, "/home/other/cache/x", "x");
        await agb.local.clock.advance(2 * DAY);
        await agb.put(contextId, `${MOUNT}/tmp/b`, "uploaded again");
        await agb.local.clock.advance(0.9 * DAY);
        expect(await agb.files(contextId)).toContain(`${MOUNT}/cache/a`);
        await agb.local.clock.advance(0.2 * DAY);
        expect(await agb.files(contextId)).toEqual(["/home/other/cache/x", `${MOUNT}/kept`, `${MOUNT}/tmp/b`]);
        await agb.local.clock.advance(2 * DAY);
        expect(await agb.files(contextId)).toEqual(["/home/other/cache/x", `${MOUNT}/kept`]);
    });

    it("keeps everything by default, and applies to the whole mount if no path is set", async () => {
        const agb = await startServer();
        const [forever, day] = [await agb.createContext("forever"), await agb.createContext("day")];
        const sessionId = await agb.readySession([
            { contextId: forever, path: "/home/f" },
            { contextId: day, path: "/home/d", policy: { recyclePolicy: { lifecycle: "Lifecycle_1Day" } } },
        ]);
        await agb.write(sessionId, "/home/f/a", "a");
        await agb.write(sessionId, "/home/d/a", "a");
        await agb.release(sessionId);
        await agb.local.clock.advance(361 * DAY);
        expect(await agb.files(forever)).toEqual(["/home/f/a"]);
        expect(await agb.files(day)).toEqual([]);
    });
});
