/** Commands on a machine where no sandbox works: they are rejected, never run outside one. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createWorkspace, refusal } from "./workspace";

beforeEach(() => void vi.spyOn(process, "platform", "get").mockReturnValue("darwin"));
afterEach(() => void vi.restoreAllMocks());

it("rejects a command and says what to install", async () => {
    expect(await refusal(await createWorkspace(), "shell", { command: "id" })).toContain("apt-get install bubblewrap");
});
