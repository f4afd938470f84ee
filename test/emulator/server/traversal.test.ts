/** Random paths never lead out of contexts and sessions. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { startServer } from "./client";
import { MOUNT } from "./mountedFiles";
import { findContent, sendRaw } from "./paths";

describe("paths", () => {
    const nasty = fc
        .oneof(
            fc
                .array(
                    fc.constantFrom(
                        "..",
                        ".",
                        "",
                        "a",
                        "home",
                        "tmp",
                        "\0",
                        "%2e%2e",
                        "..%2f",
                        "%00",
                        "\\..\\..",
                        "~",
                        "x".repeat(300),
                        "ü",
                        "con",
                        "state.jsonl",
                        "api-key",
                    ),
                    { minLength: 1, maxLength: 8 },
                )
                .map((parts) => parts.join("/")),
            fc.string({ unit: "binary", maxLength: 40 }),
        )
        .chain((path) => fc.constantFrom(path, `/${path}`, `/home/${path}`, `/tmp/../${path}`));

    it("of files never lead out of their context", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const { dataFolder } = agb.local;
        let number = 0;
        await fc.assert(
            fc.asyncProperty(nasty, async (path) => {
                const marker = `<marker ${number++}>`;
                const reply = await agb.call("POST", "/sdk/GetContextFileUploadUrl", {
                    query: { contextId, filePath: path },
                });
                if (!reply.success) {
                    expect(reply.http).toBe(400);
                    return;
                }
                const url = new URL((reply.data as { url: string }).url);
                const put = await agb.raw(url.href, { method: "PUT", body: marker });
                await put.body.dump();
                if (put.statusCode !== 200) {
                    expect(put.statusCode).toBeLessThan(500);
                    return;
                }
                expect(path.split("/")).not.toContain("..");
                const places = await findContent(dataFolder, marker);
                expect(places).toHaveLength(1);
                expect(places[0]?.startsWith(join(dataFolder, "contexts", `${contextId}.0`) + "/")).toBe(true);
                await agb.data("POST", "/sdk/DeleteContextFile", { query: { contextId, filePath: path } });
            }),
            { numRuns: 150 },
        );
    });

    it("of presigned URLs cannot be changed to another file", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, "/home/a", "a");
        const url = new URL(await agb.url("Download", contextId, "/home/a"));
        await fc.assert(
            fc.asyncProperty(
                fc.constantFrom("../", "..%2f", "%2e%2e/", "./", "//", "%00", "..;/", "\\..\\"),
                fc.integer({ min: 1, max: 6 }),
                fc.constantFrom("api-key", "state.jsonl", "etc/passwd", "home/b"),
                async (step, times, target) => {
                    const path = `/objects/${contextId}/home/${step.repeat(times)}${target}${url.search}`;
                    const { status, body } = await sendRaw(agb, "GET", path, { host: url.host });
                    expect([400, 403, 404]).toContain(status);
                    expect(body).not.toContain(agb.apiKey);
                },
            ),
            { numRuns: 100 },
        );
    });

    it("of mounts and syncs never lead out of the session", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const before = (await readdir(agb.local.dataFolder)).sort();
        await fc.assert(
            fc.asyncProperty(nasty, async (path) => {
                const reply = await agb.call("POST", "/mcp/createSession", {
                    query: { imageId: "agb-code-space-1" },
                    body: { persistenceDataList: [{ contextId, path, policy: "{}" }] },
                });
                if (!reply.success) {
                    expect(reply.http).toBe(400);
                    return;
                }
                expect(path).toMatch(/^\/(?:\.?\/)*(home|tmp)(\/|$)/);
                expect(path.split("/")).not.toContain("..");
                const { sessionId } = reply.data as { sessionId: string };
                expect(await readdir(join(agb.local.dataFolder, "sessions", sessionId))).toEqual(["root"]);
                expect((await readdir(join(agb.local.dataFolder, "sessions", sessionId, "root"))).sort()).toEqual([
                    "home",
                    "tmp",
                ]);
                await agb.release(sessionId);
            }),
            { numRuns: 100 },
        );
        expect((await readdir(agb.local.dataFolder)).sort()).toEqual(before);
    });

    it("of policies never reach anything outside the mount", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        await agb.put(contextId, "/home/outside", "outside");
        await fc.assert(
            fc.asyncProperty(nasty, nasty, async (path, exclude) => {
                const policy = {
                    bwList: { whiteLists: [{ path, excludePaths: [exclude] }] },
                    recyclePolicy: { lifecycle: "Lifecycle_1Day", paths: [path] },
                    mappingPolicy: { path: `${path}/../..` },
                };
                const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
                await agb.release(sessionId);
                expect(await agb.get(contextId, "/home/outside")).toBe("outside");
            }),
            { numRuns: 40 },
        );
    });
});
