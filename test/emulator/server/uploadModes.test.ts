/** Upload modes: files and archives of one context at different paths. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tempFolder } from "../../support/tempFolder";
import { startServer, type Policy, type Reply, type TestClient } from "./client";
import { ARCHIVE, MOUNT, writeAll } from "./mountedFiles";

type Mounts = { contextId: string; path: string; policy?: Policy }[];

const create = (agb: TestClient, mounts: Mounts): Promise<Reply> =>
    agb.call("POST", "/mcp/createSession", {
        query: { imageId: "agb-code-space-1" },
        body: {
            persistenceDataList: mounts.map(({ policy = {}, ...mount }) => ({
                ...mount,
                policy: JSON.stringify(policy),
            })),
        },
    });

describe("the upload mode of a context", () => {
    it("may differ between paths, even in one session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const mounts = [
            { contextId, path: "/home/archive", policy: ARCHIVE },
            { contextId, path: "/home/files" },
        ];
        const first = await agb.readySession(mounts);
        for (const { path } of mounts) await agb.write(first, `${path}/f`, path);
        await agb.release(first);
        expect(await agb.files(contextId)).toEqual(["/home/archive/archive.zip", "/home/files/f"]);
        const second = await agb.readySession(mounts);
        for (const { path } of mounts) expect(await agb.read(second, `${path}/f`)).toBe(path);
        await agb.release(second);
        expect(await agb.files(contextId)).toEqual(["/home/archive/archive.zip", "/home/files/f"]);
    });

    it("cannot change at a path with data, nor above or below it, until the context is cleared", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const plain = await agb.readySession([{ contextId, path: MOUNT }]);
        await writeAll(agb, plain, ["a"]);
        await agb.release(plain);
        for (const path of [MOUNT, `${MOUNT}/in`, "/home"]) {
            expect(await create(agb, [{ contextId, path, policy: ARCHIVE }])).toMatchObject({
                success: false,
                http: 400,
                code: "InvalidUploadMode",
                message: `context data stores ${MOUNT} in upload mode File, so it cannot be mounted at ${path} with upload mode Archive`,
            });
        }
        await agb.data("POST", "/sdk/ClearContext", { query: { id: contextId } });
        await agb.local.whenIdle();
        expect(await create(agb, [{ contextId, path: MOUNT, policy: ARCHIVE }])).toMatchObject({ success: true });
    });

    it("cannot differ between a mount and one inside it", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const outer = { contextId, path: MOUNT, policy: ARCHIVE };
        const inner = { contextId, path: `${MOUNT}/in` };
        expect(await create(agb, [outer, inner])).toMatchObject({ success: false, code: "InvalidUploadMode" });
        expect(await create(agb, [inner, outer])).toMatchObject({ success: false, code: "InvalidUploadMode" });
    });

    it("that an earlier version recorded for a whole context applies to the paths at which it was mounted", async () => {
        const folder = tempFolder("modes");
        const record = {
            id: "SdkCtx-old",
            number: 1,
            name: "old",
            region: "",
            createdAt: 0,
            lastUsedAt: 0,
            state: "available",
            generation: 0,
            uploadMode: "File",
            recycling: { [MOUNT]: { lifecycle: "Lifecycle_Forever", paths: [""] } },
        };
        await writeFile(join(folder, "state.jsonl"), `${JSON.stringify({ context: record })}\n`);
        const agb = await startServer({ dataFolder: folder });
        await agb.put("SdkCtx-old", `${MOUNT}/a`, "a");
        const mount = { contextId: "SdkCtx-old", path: MOUNT };
        expect(await create(agb, [{ ...mount, policy: ARCHIVE }])).toMatchObject({ code: "InvalidUploadMode" });
        expect(await create(agb, [mount])).toMatchObject({ success: true });
    });
});
