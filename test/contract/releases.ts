/** Assumptions about what a release uploads. */
import { expect } from "vitest";
import type { Assumption } from "./assumption";
import type { World } from "./world";

const PATH = "/home/w";
const ARCHIVE = { uploadPolicy: { uploadMode: "Archive" } };

/** A session with a file that only it has, in a mount of a context. */
async function withOwnFile(world: World, policy = {}, timeout?: number) {
    const contextId = await world.context();
    const sessionId = await world.ready([{ contextId, path: PATH, policy }], timeout === undefined ? {} : { timeout });
    await world.agb.write(sessionId, `${PATH}/own`, "own");
    return { contextId, sessionId };
}

export const releaseAssumptions: Assumption[] = [
    {
        id: "release-uploads",
        sentence: "a release uploads the mounts with autoUpload, and that has ended when the session is gone",
        async check(world) {
            const { contextId, sessionId } = await withOwnFile(world);
            await world.release(sessionId);
            expect(await world.agb.get(contextId, `${PATH}/own`)).toBe("own");
        },
    },
    {
        id: "release-manual",
        sentence: "a release does not upload mounts whose autoUpload is false",
        async check(world) {
            const { contextId, sessionId } = await withOwnFile(world, { uploadPolicy: { autoUpload: false } });
            await world.release(sessionId);
            expect(await world.agb.files(contextId)).toEqual([]);
        },
    },
    {
        id: "release-removes",
        sentence: "the upload of a release removes what only the context has",
        async check(world) {
            const { contextId, sessionId } = await withOwnFile(world);
            await world.agb.put(contextId, `${PATH}/later`, "later");
            await world.release(sessionId);
            expect(await world.agb.files(contextId)).toEqual([`${PATH}/own`]);
        },
    },
    {
        id: "release-failed-download",
        sentence: "a release does not upload a mount whose last download failed",
        async check(world) {
            const contextId = await world.context({ [`${PATH}/archive.zip`]: "this is not an archive" });
            const sessionId = await world.session([{ contextId, path: PATH, policy: ARCHIVE }]);
            expect(await world.ended(sessionId)).toMatchObject([{ taskType: "download", status: "Failed" }]);
            await world.agb.write(sessionId, `${PATH}/own`, "own");
            await world.release(sessionId);
            expect(await world.agb.get(contextId, `${PATH}/archive.zip`)).toBe("this is not an archive");
            expect(await world.agb.files(contextId)).toHaveLength(1);
        },
    },
    {
        id: "release-twice",
        sentence: "releasing a session again answers without a server error",
        async check(world) {
            const { sessionId } = await withOwnFile(world);
            await world.release(sessionId);
            const again = await world.agb.call("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
            expect(again.http).toBeLessThan(500);
            expect(again.requestId).toBeTruthy();
        },
    },
    {
        id: "release-deleted-context",
        sentence: "a context that is deleted during the upload of a release stays deleted",
        async check(world) {
            const { contextId, sessionId } = await withOwnFile(world);
            await world.agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
            await world.agb.data("POST", "/sdk/DeleteContext", { query: { id: contextId } });
            await world.gone(sessionId);
            expect((await world.agb.call("GET", "/sdk/GetContext", { query: { id: contextId } })).success).toBe(false);
        },
    },
    {
        id: "release-idle-uploads",
        sentence: "an idle release uploads like any other",
        minutes: 3,
        async check(world) {
            const { contextId, sessionId } = await withOwnFile(world, {}, 60);
            await world.pass(120);
            await world.gone(sessionId);
            expect(await world.agb.get(contextId, `${PATH}/own`)).toBe("own");
        },
    },
];
