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
    expect(await refusal(await createWorkspace(), "shell", { command: "id" })).toContain("apt-get install bubblewrap");
});
