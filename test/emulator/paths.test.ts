/** Session paths: random paths and links never lead out of a session. */
import {
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    realpathSync,
    renameSync,
    symlinkSync,
    unlinkSync,
    writeFileSync,
} from "node:fs";
import { lstat, open, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
    normalSessionPath,
    SessionPathError,
    sessionPathParts,
    tree,
    withHostPath,
    type TreeEntry,
} from "../../emulator/paths";
import { createWorkspace } from "./workspace";

/** Components of paths that escape from a folder, and harmless ones. */
const hostile = fc
    .array(
        fc.oneof(
            fc.constantFrom(
                "/",
                "//",
                "..",
                ".",
                "...",
                "home",
                "tmp",
                "\0",
                "\\",
                "..\\",
                "%2e%2e",
                "~",
                " ",
                "\n",
                "link",
                "up",
                "a",
                "etc",
                "proc",
                "‥",
                "../",
                "/..",
            ),
            fc.string({ unit: "grapheme", maxLength: 6 }),
        ),
        { maxLength: 12 },
    )
    .map((pieces) => pieces.join(""));

describe("a session path", () => {
    it("is either rejected or below /home or /tmp, whatever its components", () => {
        fc.assert(
            fc.property(
                fc.oneof(
                    hostile,
                    hostile.map((path) => `/home/${path}`),
                ),
                (path) => {
                    let parts: string[];
                    try {
                        parts = sessionPathParts(path);
                    } catch (error) {
                        expect(error).toBeInstanceOf(SessionPathError);
                        return;
                    }
                    expect(["home", "tmp"]).toContain(parts[0]);
                    for (const part of parts) {
                        expect(part).not.toMatch(/[/\0]/);
                        expect(["", ".", ".."]).not.toContain(part);
                    }
                    expect(normalSessionPath(normalSessionPath(path))).toBe(normalSessionPath(path));
                },
            ),
            { numRuns: 2000 },
        );
    });

    it("is rejected with the reason", () => {
        const refused = [
            ["home/x", "not absolute"],
            ["", "not absolute"],
            ["/home/../etc", '".."'],
            ["/home/a\0b", "NUL"],
            ["/", "permission denied"],
            ["/etc/passwd", "permission denied"],
            ["/homes/x", "permission denied"],
            [`/home/${"n".repeat(256)}`, "too long"],
            [`/home/${"n/".repeat(2100)}`, "too long"],
        ] as const;
        for (const [path, reason] of refused) expect(() => sessionPathParts(path)).toThrow(reason);
    });
});

describe("the host path of a session path", () => {
    it("is inside the session's root, whatever the path and the links on it", async () => {
        const workspace = await createWorkspace();
        writeFileSync(join(workspace.outside, "secret"), "secret");
        const target = fc.oneof(
            hostile,
            fc.constantFrom(
                workspace.outside,
                join(workspace.outside, "secret"),
                "/",
                "..",
                "../../..",
                "../../outside/secret",
                "/home/link",
                "/tmp",
                "/proc/self/root",
            ),
        );
        const linked = fc
            .tuple(target, target)
            .map(([link, up]) => ({ link, up }))
            .filter(({ link, up }) => [link, up].every((text) => text !== "" && !text.includes("\0")));
        await fc.assert(
            fc.asyncProperty(
                linked,
                fc.oneof(
                    hostile.map((path) => `/home/${path}`),
                    fc.constantFrom(
                        "/home/link",
                        "/home/link/secret",
                        "/home/link/link",
                        "/tmp/up/secret",
                        "/tmp/up/up/etc/passwd",
                    ),
                ),
                async ({ link, up }, path) => {
                    symlinkSync(link, join(workspace.root, "home/link"));
                    symlinkSync(up, join(workspace.root, "tmp/up"));
                    try {
                        await withHostPath(workspace, path, async (hostPath) => {
                            expect(realpathSync(dirname(hostPath))).toSatisfy(
                                (folder: string) =>
                                    folder === workspace.root || folder.startsWith(`${workspace.root}/`),
                            );
                            await expect(
                                readFile(hostPath, { encoding: "utf8", flag: "r" }).catch(() => ""),
                            ).resolves.not.toContain("secret");
                        });
                    } catch (error) {
                        if (!(error instanceof SessionPathError) && !(error instanceof Error && "code" in error)) {
                            throw error;
                        }
                    } finally {
                        unlinkSync(join(workspace.root, "home/link"));
                        unlinkSync(join(workspace.root, "tmp/up"));
                    }
                },
            ),
            { numRuns: 1000 },
        );
        expect(readdirSync(workspace.outside)).toEqual(["secret"]);
    });

    it.runIf(existsSync("/proc/self/fd"))(
        "keeps referring to the folder that was walked, even if a link replaces it",
        async () => {
            const workspace = await createWorkspace();
            mkdirSync(join(workspace.root, "home/dir"));
            writeFileSync(join(workspace.outside, "file"), "outside");
            writeFileSync(join(workspace.root, "home/dir/file"), "inside");
            await withHostPath(workspace, "/home/dir/file", async (hostPath) => {
                renameSync(join(workspace.root, "home/dir"), join(workspace.root, "home/moved"));
                symlinkSync(workspace.outside, join(workspace.root, "home/dir"));
                expect(await readFile(hostPath, "utf8")).toBe("inside");
                const file = await open(hostPath, "w");
                await file.write("changed");
                await file.close();
            });
            expect(readFileSync(join(workspace.outside, "file"), "utf8")).toBe("outside");
            expect(readFileSync(join(workspace.root, "home/moved/file"), "utf8")).toBe("changed");
        },
    );

    it.runIf(existsSync("/proc/self/fd"))("closes all folders, whether its use succeeds or fails", async () => {
        const workspace = await createWorkspace();
        mkdirSync(join(workspace.root, "home/a/b"), { recursive: true });
        symlinkSync("/home/a", join(workspace.root, "home/link"));
        const before = readdirSync("/proc/self/fd").length;
        for (let round = 0; round < 50; round += 1) {
            await withHostPath(workspace, "/home/link/b/c", () => Promise.resolve());
            await expect(
                withHostPath(workspace, "/home/link/b/c", () => Promise.reject(new Error("no"))),
            ).rejects.toThrow("no");
            await expect(withHostPath(workspace, "/home/none/b", () => Promise.resolve())).rejects.toThrow("ENOENT");
        }
        expect(readdirSync("/proc/self/fd").length).toBeLessThan(before + 10);
    });

    it("can refer to a link itself", async () => {
        const workspace = await createWorkspace();
        symlinkSync(workspace.outside, join(workspace.root, "home/link"));
        await withHostPath(
            workspace,
            "/home/link",
            async (hostPath) => expect((await lstat(hostPath)).isSymbolicLink()).toBe(true),
            "keep",
        );
    });
});

describe("a tree", () => {
    it("lists everything below a folder without following links", async () => {
        const workspace = await createWorkspace();
        mkdirSync(join(workspace.root, "home/a/b"), { recursive: true });
        writeFileSync(join(workspace.root, "home/a/b/file"), "12345");
        writeFileSync(join(workspace.outside, "secret"), "");
        symlinkSync(workspace.outside, join(workspace.root, "home/a/out"));
        const found: TreeEntry[] = [];
        await withHostPath(workspace, "/home", async (hostPath) => {
            for await (const entry of tree(hostPath)) found.push(entry);
        });
        expect(found.map(({ relativePath, kind }) => `${kind} ${relativePath}`)).toEqual([
            "directory a",
            "directory a/b",
            "file a/b/file",
            "other a/out",
        ]);
        expect(found[2]?.size).toBe(5);
    });
});
