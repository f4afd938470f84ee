/** Closing a server in the middle of its work, and resuming it. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "./client";

describe("a server that is closed", () => {
    let dataFolder: string;
    beforeEach(async () => {
        dataFolder = await mkdtemp(join(tmpdir(), "agb-stop-"));
    });
    afterEach(() => rm(dataFolder, { recursive: true, force: true }));

    it.each([0, 10, 150, 350])(
        "%s ms after it has accepted a release resumes it later and loses nothing",
        async (moment) => {
            const agb = await startServer({ dataFolder, syncTimeMs: 150 });
            const contextId = await agb.createContext("data");
            // Its download and the upload of the release follow each other.
            const sessionId = await agb.createSession([{ contextId, path: "/home/a" }]);
            await agb.write(sessionId, "/home/a/f", "kept");
            await agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
            await setTimeout(moment);
            await agb.local.close();

            const again = await startServer({ dataFolder });
            await again.local.whenIdle();
            expect(await again.get(contextId, "/home/a/f")).toBe("kept");
            expect((await again.status(sessionId)).code).toBe("InvalidMcpSession.NotFound");
            await again.local.close();
        },
    );

    it("resumes a release whose files it has already moved aside because their upload failed", async () => {
        const agb = await startServer({ dataFolder, syncTimeMs: 60_000 });
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession([{ contextId, path: "/home/a" }]);
        await agb.write(sessionId, "/home/a/f", "kept");
        await agb.tool(sessionId, "move_file", { source: "/home/a", destination: "/home/moved" });
        await agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
        await agb.local.close();
        await mkdir(join(dataFolder, "unsaved"));
        await rename(join(dataFolder, "sessions", sessionId), join(dataFolder, "unsaved", sessionId));

        const warnings: string[] = [];
        const again = await startServer({ dataFolder, warn: (message) => warnings.push(message) });
        await again.local.whenIdle();
        expect((await again.status(sessionId)).code).toBe("InvalidMcpSession.NotFound");
        expect(warnings).toEqual([
            expect.stringMatching(
                new RegExp(
                    `^session ${sessionId} was released, but .* Its files are kept in ${join(dataFolder, "unsaved", sessionId)}$`,
                ),
            ),
        ]);
        expect(await readFile(join(dataFolder, "unsaved", sessionId, "root/home/moved/f"), "utf8")).toBe("kept");
        await again.local.close();
    });

    it("in the middle of removals leaves nothing of its temporary folder behind", async () => {
        const agb = await startServer();
        const contextId = await agb.createContext("data");
        const sessionId = await agb.readySession();
        const home = join(agb.local.dataFolder, "sessions", sessionId, "root/home");
        for (let folder = 0; folder < 40; folder++) {
            await mkdir(join(home, `${folder}/inner`), { recursive: true });
            for (let file = 0; file < 20; file++) await writeFile(join(home, `${folder}/inner/${file}`), "");
        }
        await agb.put(contextId, "/home/a/f", "f");
        await agb.data("POST", "/sdk/ClearContext", { query: { id: contextId } });
        await agb.data("POST", "/mcp/releaseSessionAsync", { body: { sessionId } });
        await agb.local.close();
        await setTimeout(100);
        expect(existsSync(agb.local.dataFolder)).toBe(false);
    });
});
