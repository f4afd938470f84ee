/** The tools that read and write files. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, createWorkspace, refusal } from "./workspace";

describe("write_file and read_file", () => {
    it("write to the session's disk and read the same text back", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/greeting.txt", content: "Grüße\n" });
        expect(readFileSync(join(workspace.root, "tmp/greeting.txt"), "utf8")).toBe("Grüße\n");
        expect(await call(workspace, "read_file", { path: "/tmp/greeting.txt" })).toBe("Grüße\n");
    });

    it("overwrite, append, and reject an existing file in mode create_new", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/home/log", content: "a long first text" });
        await call(workspace, "write_file", { path: "/home/log", content: "one", mode: "overwrite" });
        await call(workspace, "write_file", { path: "/home/log", content: " two", mode: "append" });
        expect(await refusal(workspace, "write_file", { path: "/home/log", content: "x", mode: "create_new" })).toBe(
            "write_file: /home/log: already exists",
        );
        expect(await call(workspace, "read_file", { path: "/home/log" })).toBe("one two");
    });

    it("replace a file in one step, with its permissions, so no reader sees a part of the text", async () => {
        const workspace = await createWorkspace();
        const file = join(workspace.root, "home/script");
        await writeFile(file, "old", { mode: 0o750 });
        const reader = openSync(file, "r");
        try {
            await call(workspace, "write_file", { path: "/home/script", content: "new one" });
            await call(workspace, "edit_file", {
                path: "/home/script",
                edits: [{ oldText: "one", newText: "text" }],
            });
            expect(readFileSync(reader, "utf8")).toBe("old");
        } finally {
            closeSync(reader);
        }
        expect(readFileSync(file, "utf8")).toBe("new text");
        expect(statSync(file).mode & 0o777).toBe(0o750);
        await refusal(workspace, "write_file", { path: "/home/none/file", content: "x" });
        expect(readdirSync(dirname(workspace.root)).sort()).toEqual(["outside", "session"]);
    });

    it("read the requested bytes, as base64 in binary format", async () => {
        const workspace = await createWorkspace();
        await writeFile(
            join(workspace.root, "home/all"),
            Uint8Array.from({ length: 256 }, (_, byte) => byte),
        );
        const text = await call(workspace, "read_file", {
            path: "/home/all",
            offset: 250,
            length: 100,
            format: "binary",
        });
        expect([...Buffer.from(text, "base64")]).toEqual([250, 251, 252, 253, 254, 255]);
    });

    it("read text in pieces of any size without losing characters", async () => {
        const workspace = await createWorkspace();
        await fc.assert(
            fc.asyncProperty(
                fc.string({ unit: "binary", maxLength: 40 }),
                fc.integer({ min: 1, max: 9 }),
                async (text, length) => {
                    await call(workspace, "write_file", { path: "/tmp/text", content: text });
                    const size = Buffer.byteLength(text);
                    let put = "";
                    for (let offset = 0; offset < size; offset += length) {
                        put += await call(workspace, "read_file", {
                            path: "/tmp/text",
                            offset,
                            length: Math.min(length, size - offset),
                        });
                    }
                    expect(put).toBe(Buffer.from(text).toString("utf8"));
                },
            ),
        );
    });

    it("report errors in one line that names the session path", async () => {
        const workspace = await createWorkspace();
        expect(await refusal(workspace, "read_file", { path: "/tmp/none" })).toBe(
            "read_file: /tmp/none: not found: no such file or directory",
        );
        expect(await refusal(workspace, "read_file", { path: "/tmp" })).toBe("read_file: /tmp: is a directory");
        expect(await refusal(workspace, "write_file", { path: "/tmp/no/folder", content: "" })).toBe(
            "write_file: /tmp/no/folder: not found: no such file or directory",
        );
        expect(await refusal(workspace, "write_file", { path: "/opt/x", content: "" })).toContain("permission denied");
        expect(await refusal(workspace, "write_file", { path: "/tmp/x" })).toContain("content:");
    });

    it("do not block on a named pipe", async () => {
        const workspace = await createWorkspace();
        execFileSync("mkfifo", [join(workspace.root, "tmp/pipe")]);
        expect(await refusal(workspace, "read_file", { path: "/tmp/pipe" })).toContain("is not a regular file");
        expect(await refusal(workspace, "write_file", { path: "/tmp/pipe", content: "x" })).toContain(
            "is not a regular file",
        );
    });

    it("reject files that are too large for one response", async () => {
        const workspace = await createWorkspace();
        execFileSync("truncate", ["-s", "1G", join(workspace.root, "tmp/big")]);
        expect(await refusal(workspace, "read_file", { path: "/tmp/big" })).toContain("Use offset and length");
        expect(
            await call(workspace, "read_file", {
                path: "/tmp/big",
                offset: 1024 ** 3 - 2,
                length: 2,
                format: "binary",
            }),
        ).toBe("AAA=");
    });
});

describe("edit_file", () => {
    it("replaces the first occurrence of each text", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/e", content: "one two two" });
        await call(workspace, "edit_file", {
            path: "/tmp/e",
            edits: [
                { oldText: "two", newText: "$& 2" },
                { oldText: "one", newText: "" },
            ],
        });
        expect(await call(workspace, "read_file", { path: "/tmp/e" })).toBe(" $& 2 two");
    });

    it("changes nothing if a text is not found or in a dry run", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/e", content: "one" });
        expect(
            await refusal(workspace, "edit_file", {
                path: "/tmp/e",
                edits: [
                    { oldText: "one", newText: "1" },
                    { oldText: "three", newText: "3" },
                ],
            }),
        ).toContain('"three"');
        await call(workspace, "edit_file", { path: "/tmp/e", edits: [{ oldText: "one", newText: "1" }], dryRun: true });
        expect(await call(workspace, "read_file", { path: "/tmp/e" })).toBe("one");
    });
});

describe("read_multiple_files", () => {
    it("returns one block per file in the format that the SDKs parse, with errors in place", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/tmp/a", content: "A" });
        await call(workspace, "write_file", { path: "/tmp/b", content: "B" });
        expect(await call(workspace, "read_multiple_files", { paths: ["/tmp/a", "/tmp/none", "/tmp/b"] })).toBe(
            "/tmp/a: \nA\n\n---\n/tmp/none: Error - not found: no such file or directory\n\n---\n/tmp/b: \nB\n",
        );
    });
});
