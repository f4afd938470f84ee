/** Links in a session that take the place of files which the context holds. */
import { rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { removeTree } from "../../../emulator/disk/removeTree";
import { tempFolder } from "../../support/tempFolder";
import { startServer, type Policy } from "./client";
import { ARCHIVE, MOUNT, writeAll } from "./mountedFiles";

/** A context with the files `a`, `in/b` and `in/c`, mounted in a session whose mount is at `mount` on disk. */
async function mounted(policy: Policy = {}) {
    const warnings: string[] = [];
    const agb = await startServer({ warn: (message) => warnings.push(message) });
    const contextId = await agb.createContext("data");
    const first = await agb.readySession([{ contextId, path: MOUNT, policy }]);
    await writeAll(agb, first, ["a", "in/b", "in/c"]);
    await agb.release(first);
    const sessionId = await agb.readySession([{ contextId, path: MOUNT, policy }]);
    const root = join(agb.local.dataFolder, "sessions", sessionId, "root");
    return { agb, contextId, sessionId, root, mount: join(root, MOUNT), warnings };
}

async function replaceByLink(path: string, moved: string): Promise<void> {
    await rename(path, moved);
    await symlink(moved, path);
}

describe("a file that a link replaces in the session", () => {
    it("stays in the context, and the upload of everything else ends in a failure that names it", async () => {
        const { agb, contextId, sessionId, root, mount, warnings } = await mounted();
        await replaceByLink(join(mount, "a"), join(root, "tmp/a"));
        await replaceByLink(join(mount, "in"), join(root, "tmp/in"));
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({
            status: "Failed",
            errorMessage: `upload of ${MOUNT}: ${MOUNT}/a, ${MOUNT}/in/b, ${MOUNT}/in/c: replaced by a link or device, which cannot be uploaded, so the context keeps what it had`,
        });
        await agb.release(sessionId);
        expect(await agb.files(contextId)).toEqual(["a", "in/b", "in/c", "new"].map((name) => `${MOUNT}/${name}`));
        expect(await agb.get(contextId, `${MOUNT}/in/b`)).toBe("content of in/b");
        expect(warnings).toEqual([expect.stringContaining(`${MOUNT}/in/b`)]);
    });

    it("stays in the context if only the linked folder is uploaded", async () => {
        const { agb, contextId, sessionId, root, mount } = await mounted();
        await replaceByLink(join(mount, "in"), join(root, "tmp/in"));
        await agb.sync(sessionId, { contextId, path: `${MOUNT}/in` });
        expect(await agb.tasks(sessionId, { path: `${MOUNT}/in` })).toMatchObject([{ status: "Failed" }]);
        expect(await agb.files(contextId)).toEqual(["a", "in/b", "in/c"].map((name) => `${MOUNT}/${name}`));
    });

    it("stays in the context's archive, which is not replaced", async () => {
        const { agb, contextId, sessionId, root, mount } = await mounted(ARCHIVE);
        await replaceByLink(join(mount, "in"), join(root, "tmp/in"));
        await agb.write(sessionId, `${MOUNT}/new`, "new");
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({
            status: "Failed",
            errorMessage: expect.stringContaining(`${MOUNT}/in/b, ${MOUNT}/in/c: replaced by a link`) as string,
        });
        const second = await agb.readySession([{ contextId, path: MOUNT, policy: ARCHIVE }]);
        expect(await agb.read(second, `${MOUNT}/in/b`)).toBe("content of in/b");
    });

    it("does not stay once the link is removed", async () => {
        const { agb, contextId, sessionId, root, mount } = await mounted();
        await replaceByLink(join(mount, "in"), join(root, "tmp/in"));
        await agb.sync(sessionId);
        await rm(join(mount, "in"));
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({ status: "Success" });
        expect(await agb.files(contextId)).toEqual([`${MOUNT}/a`]);
    });

    it.each([{}, ARCHIVE])("changes nothing for links that hide no file of the context", async (policy) => {
        const { agb, contextId, sessionId, mount } = await mounted(policy);
        await symlink("a", join(mount, "link"));
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({ status: "Success" });
        await agb.release(sessionId);
        const second = await agb.readySession([{ contextId, path: MOUNT, policy }]);
        expect(await agb.read(second, `${MOUNT}/a`)).toBe("content of a");
    });
});

describe("a file whose name is not valid UTF-8", () => {
    it("does not keep other files from being uploaded and listed, and the task names it", async () => {
        const { agb, contextId, sessionId, mount, warnings } = await mounted();
        const undecodable = Buffer.concat([Buffer.from(`${mount}/in/`), Buffer.from([0x62, 0xff])]);
        await writeFile(undecodable, "latin");
        await agb.write(sessionId, `${MOUNT}/in/new`, "new");
        expect((await agb.sync(sessionId)).at(-1)).toMatchObject({
            status: "Failed",
            errorMessage: `upload of ${MOUNT}: the name of ${MOUNT}/in/b\uFFFD is not valid UTF-8. All other files were uploaded`,
        });
        expect(await agb.files(contextId)).toEqual(["a", "in/b", "in/c", "in/new"].map((name) => `${MOUNT}/${name}`));
        expect((await agb.tool(sessionId, "list_directory", { path: `${MOUNT}/in` })).text).toContain("[FILE] new");
        await agb.release(sessionId);
        expect(warnings).toEqual([expect.stringContaining("is not valid UTF-8")]);
    });

    it("is removed with its session", async () => {
        const folder = tempFolder("undecodable");
        await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff])]), "");
        await removeTree(folder);
        await expect(stat(folder)).rejects.toThrow("ENOENT");
    });
});
