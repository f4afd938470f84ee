/** How the command says what went wrong. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { reportFailure } from "../../cli/reportError";
import { UserError } from "../../engine/model/userError";
import { root } from "../support/engines";
import { run } from "../support/processes";

const bare = mkdtempSync(join(tmpdir(), "bare-"));
afterAll(() => rmSync(bare, { recursive: true, force: true }));

function reported(error: unknown): { text: string; status: unknown } {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const before = process.exitCode;
    reportFailure(error);
    const outcome = { text: String(write.mock.calls[0]?.[0]), status: process.exitCode };
    process.exitCode = before;
    write.mockRestore();
    return outcome;
}

test("a failure is one line without a stack trace, with the exit status that it brings", () => {
    expect(reported(new Error("it broke"))).toEqual({ text: "error: it broke\n", status: 1 });
    expect(reported(new UserError("no such stack", 6))).toEqual({ text: "error: no such stack\n", status: 6 });
});

test("where an optional package is missing, the command says what to install", async () => {
    mkdirSync(join(bare, "dist"));
    for (const folder of ["cli", "common", "emulator", "engine"]) {
        cpSync(join(root, "dist", folder), join(bare, "dist", folder), { recursive: true });
    }
    const command = [process.execPath, join(bare, "dist/cli/main.js"), "up", "--yes"];
    const { exit, text } = await run(command, { cwd: bare, env: { ...process.env, NODE_PATH: "" } });
    expect(exit).toBe(1);
    expect(text).toBe(
        'error: the package "commander" is required by this command, but is not installed. Run: npm install commander (or install pulumi-agb without --omit=optional).\n',
    );
});
