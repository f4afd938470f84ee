/** Commands on a machine where no sandbox works: they are rejected, never run outside one. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

beforeEach(() => {
    // The emulator looks once for a sandbox, and another file may have asked already.
    vi.resetModules();
    vi.spyOn(process, "platform", "get").mockReturnValue("darwin");
});
afterEach(() => void vi.restoreAllMocks());

it("rejects a command and says what to install", async () => {
    const { createWorkspace, refusal } = await import("./workspace.js");
    const workspace = await createWorkspace();
    for (const [tool, args] of [
        ["shell", { command: "id" }],
        ["run_code", { code: "1", language: "python" }],
    ] as const) {
        expect(await refusal(workspace, tool, args)).toContain("apt-get install bubblewrap");
    }
});

it("needs no sandbox for the tools that work on files", async () => {
    const { call, createWorkspace } = await import("./workspace.js");
    const workspace = await createWorkspace();
    await call(workspace, "write_file", { path: "/home/a.txt", content: "a", mode: "overwrite" });
    expect(await call(workspace, "read_file", { path: "/home/a.txt" })).toBe("a");
});

it("runs commands once a sandbox has been installed", async ({ skip }) => {
    const { call, createWorkspace, refusal } = await import("./workspace.js");
    const workspace = await createWorkspace();
    await refusal(workspace, "shell", { command: "id" });
    vi.restoreAllMocks();
    const { findSandbox } = await import("../../emulator/tools/sandbox/findSandbox.js");
    skip(!(await findSandbox().catch(() => undefined)), "no sandbox works on this machine");
    expect(await call(workspace, "shell", { command: "echo works", timeout_ms: 20_000 })).toContain("works");
});
