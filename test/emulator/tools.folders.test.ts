/** The tools that work with folders, links, and the list of tools. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callTool, forgetSession, listTools } from "../../emulator/tools/index";
import { call, createWorkspace, refusal } from "./workspace";

describe("folders", () => {
    it("are created with their parents, unless a file has the same name", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "create_directory", { path: "/home/a/b/c/" });
        await call(workspace, "create_directory", { path: "/home/a/b/c" });
        await call(workspace, "write_file", { path: "/home/a/f", content: "" });
        expect(await refusal(workspace, "create_directory", { path: "/home/a/f" })).toContain(
            "a file with that name exists",
        );
        expect(readdirSync(join(workspace.root, "home/a")).sort()).toEqual(["b", "f"]);
    });

    it("are listed with one line per entry", async () => {
        const workspace = await createWorkspace();
        expect(await call(workspace, "list_directory", { path: "/home" })).toBe("");
        await call(workspace, "create_directory", { path: "/home/dir" });
        await call(workspace, "write_file", { path: "/home/a file", content: "" });
        expect(await call(workspace, "list_directory", { path: "/home" })).toBe("[DIR] dir\n[FILE] a file");
    });

    it("are deleted only if empty", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "create_directory", { path: "/home/dir" });
        await call(workspace, "write_file", { path: "/home/dir/f", content: "" });
        expect(await refusal(workspace, "delete_file", { path: "/home/dir" })).toBe(
            "delete_file: /home/dir: directory is not empty",
        );
        await call(workspace, "delete_file", { path: "/home/dir/f" });
        await call(workspace, "delete_file", { path: "/home/dir" });
        expect(await refusal(workspace, "delete_file", { path: "/home/dir" })).toContain("no such file");
        expect(await refusal(workspace, "delete_file", { path: "/tmp" })).toContain("permission denied");
    });
});

describe("get_file_info", () => {
    it("reports size, kind and owner as lines of keys and values", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/i.txt", content: "12345" });
        const lines = (await call(workspace, "get_file_info", { path: "/tmp/i.txt" })).split("\n");
        expect(lines).toEqual(
            expect.arrayContaining([
                "name: i.txt",
                "path: /tmp/i.txt",
                "size: 5",
                "isDirectory: false",
                "mode: 0644",
                "owner: agb",
                "group: agb",
            ]),
        );
        expect(lines.find((line) => line.startsWith("modTime: "))).toMatch(/^modTime: \d{4}-\d\d-\d\dT/);
        expect(await call(workspace, "get_file_info", { path: "/tmp" })).toContain("isDirectory: true");
        expect(await refusal(workspace, "get_file_info", { path: "/tmp/none" })).toContain("no such file");
    });
});

describe("move_file", () => {
    it("moves across folders and never overwrites anything", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/a", content: "A" });
        await call(workspace, "move_file", { source: "/tmp/a", destination: "/home/b" });
        await call(workspace, "write_file", { path: "/tmp/c", content: "C" });
        expect(await refusal(workspace, "move_file", { source: "/tmp/c", destination: "/home/b" })).toContain(
            "destination /home/b already exists",
        );
        expect(await refusal(workspace, "move_file", { source: "/tmp/a", destination: "/home/x" })).toBe(
            "move_file: /tmp/a: not found: no such file or directory",
        );
        expect(await call(workspace, "read_file", { path: "/home/b" })).toBe("A");
    });
});

describe("search_files", () => {
    it("finds files at any depth by pattern or part of the name, except excluded ones", async () => {
        const workspace = await createWorkspace();
        for (const path of ["/home/a.txt", "/home/sub/B.TXT", "/home/sub/deep/c.txt", "/home/node_modules/d.txt"]) {
            await call(workspace, "create_directory", { path: path.slice(0, path.lastIndexOf("/")) });
            await call(workspace, "write_file", { path, content: "" });
        }
        expect(
            await call(workspace, "search_files", {
                path: "/home",
                pattern: "*.txt",
                excludePatterns: ["node_modules/**"],
            }),
        ).toBe("/home/a.txt\n/home/sub/deep/c.txt");
        expect(await call(workspace, "search_files", { path: "/home", pattern: "b.t" })).toBe("/home/sub/B.TXT");
        expect(await call(workspace, "search_files", { path: "/home", pattern: "*.md" })).toBe("No matches found");
        expect(await refusal(workspace, "search_files", { path: "/home/none", pattern: "x" })).toContain(
            "no such file",
        );
    });
});

describe("get_file_change", () => {
    it("reports nothing at first, then what was created, modified and deleted since the last call", async () => {
        const workspace = await createWorkspace();
        const change = async (): Promise<unknown> =>
            JSON.parse(await call(workspace, "get_file_change", { path: "/home/w/" }));
        await call(workspace, "create_directory", { path: "/home/w" });
        await call(workspace, "write_file", { path: "/home/w/old", content: "1" });
        await call(workspace, "write_file", { path: "/home/w/gone", content: "1" });
        expect(await change()).toEqual([]);
        await call(workspace, "write_file", { path: "/home/w/old", content: "22" });
        await call(workspace, "delete_file", { path: "/home/w/gone" });
        await call(workspace, "create_directory", { path: "/home/w/dir" });
        expect(await change()).toEqual([
            { eventType: "create", path: "/home/w/dir", pathType: "directory" },
            { eventType: "modify", path: "/home/w/old", pathType: "file" },
            { eventType: "delete", path: "/home/w/gone", pathType: "file" },
        ]);
        expect(await change()).toEqual([]);
        await call(workspace, "delete_file", { path: "/home/w/old" });
        await forgetSession(workspace.sessionId);
        expect(await change()).toEqual([]);
    });
});

describe("a symbolic link in a session", () => {
    it("is followed inside the session, with absolute targets starting at the session's root", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/real", content: "here" });
        await symlink("/tmp", join(workspace.root, "home/absolute"));
        await symlink("../tmp/real", join(workspace.root, "home/relative"));
        expect(await call(workspace, "read_file", { path: "/home/absolute/real" })).toBe("here");
        expect(await call(workspace, "read_file", { path: "/home/relative" })).toBe("here");
    });

    it("never leads out of the session in any tool", async () => {
        const workspace = await createWorkspace();
        await writeFile(join(workspace.outside, "secret"), "secret");
        await mkdir(join(workspace.outside, "empty"));
        await symlink(workspace.outside, join(workspace.root, "home/out"));
        await symlink(`../../../outside/secret`, join(workspace.root, "home/secret"));
        const calls: [string, Record<string, unknown>][] = [
            ["read_file", { path: "/home/out/secret" }],
            ["read_file", { path: "/home/secret" }],
            ["write_file", { path: "/home/out/new", content: "x" }],
            ["write_file", { path: "/home/secret", content: "x" }],
            ["edit_file", { path: "/home/secret", edits: [{ oldText: "secret", newText: "x" }] }],
            ["list_directory", { path: "/home/out" }],
            ["create_directory", { path: "/home/out/new" }],
            ["delete_file", { path: "/home/out/secret" }],
            ["delete_file", { path: "/home/out/empty" }],
            ["get_file_info", { path: "/home/out/secret" }],
            ["get_file_info", { path: "/home/secret" }],
            ["move_file", { source: "/home/out/secret", destination: "/home/mine" }],
            ["move_file", { source: "/home/secret", destination: "/home/out/secret2" }],
            ["search_files", { path: "/home/out", pattern: "secret" }],
            ["get_file_change", { path: "/home/out" }],
        ];
        for (const [name, args] of calls) {
            expect(await refusal(workspace, name, args), name).not.toContain("session/home");
        }
        expect(await call(workspace, "read_multiple_files", { paths: ["/home/secret"] })).not.toContain("\nsecret");
        expect(await call(workspace, "search_files", { path: "/home", pattern: "empty" })).toBe("No matches found");
        expect(readdirSync(workspace.outside).sort()).toEqual(["empty", "secret"]);
        expect(readFileSync(join(workspace.outside, "secret"), "utf8")).toBe("secret");
    });

    it("that points to itself causes an error", async () => {
        const workspace = await createWorkspace();
        await symlink("/home/loop", join(workspace.root, "home/loop"));
        expect(await refusal(workspace, "read_file", { path: "/home/loop" })).toContain(
            "too many levels of symbolic links",
        );
        await call(workspace, "delete_file", { path: "/home/loop" });
        expect(existsSync(join(workspace.root, "home/loop"))).toBe(false);
    });
});

describe("the tools", () => {
    it("are listed with their arguments", () => {
        const listed = listTools();
        expect(listed.map((each) => each.name)).toEqual(
            expect.arrayContaining(["write_file", "read_file", "get_file_change"]),
        );
        expect(listed.find((each) => each.name === "read_file")?.inputSchema).toMatchObject({
            type: "object",
            required: ["path"],
        });
    });

    it("reject an unknown name and list the known ones", async () => {
        const { isError, content } = await callTool(await createWorkspace(), "fly", {});
        expect(isError).toBe(true);
        expect(content[0]?.text).toContain("write_file");
    });
});

describe.runIf(process.platform === "linux")("the folders of the system", () => {
    it("are readable as they are for the session's commands", async () => {
        const workspace = await createWorkspace();
        const names = (listing: string): string[] =>
            listing.split("\n").map((line) => line.slice(line.indexOf(" ") + 1));
        expect(names(await call(workspace, "list_directory", { path: "/usr/bin" }))).toEqual(
            expect.arrayContaining(["env", "sort"]),
        );
        expect(await call(workspace, "list_directory", { path: "/bin" })).toContain("[FILE] sh");
        expect(await call(workspace, "read_file", { path: "/etc/passwd" })).toContain("agb:x:");
        expect(await call(workspace, "get_file_info", { path: "/usr/" })).toMatch(/^name: usr\npath: \/usr\n/);
        expect(await call(workspace, "search_files", { path: "/opt", pattern: "node" })).toBe("/opt/bin/node");
        await symlink("/etc/group", join(workspace.root, "home/group"));
        expect(await call(workspace, "read_file", { path: "/home/group" })).toContain("agb:x:");
        const root = names(await call(workspace, "list_directory", { path: "/" }));
        expect(root).toEqual(expect.arrayContaining(["etc", "home", "proc", "tmp", "usr"]));
        for (const hidden of readdirSync("/").filter((name) => !root.includes(name))) {
            expect(await refusal(workspace, "get_file_info", { path: `/${hidden}` })).toContain("no such file");
        }
        expect(await refusal(workspace, "read_file", { path: "/etc/shadow" })).toContain("no such file");
        expect(await refusal(workspace, "read_file", { path: "/outline/etc/passwd" })).toContain("no such file");
    });

    it("cannot be written, not even through a link", async () => {
        const workspace = await createWorkspace();
        await symlink("/usr/games", join(workspace.root, "home/games"));
        for (const path of ["/usr/games/new", "/etc/passwd", "/new", "/home/games/new"]) {
            expect(await refusal(workspace, "write_file", { path, content: "x" })).toContain("permission denied");
        }
        expect(await refusal(workspace, "delete_file", { path: "/etc/passwd" })).toContain("permission denied");
    });
});
