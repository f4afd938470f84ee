/** The scripts that complete the command in a shell. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runInProcess } from "./inProcess";

const SHELLS = ["bash", "zsh", "fish"];

let folder: string;
beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "completion-"));
    for (const shell of SHELLS) {
        const { exit, stdout } = await runInProcess(["gen-completion", shell], { cwd: folder, env: process.env });
        expect(exit).toBe(0);
        writeFileSync(join(folder, shell), stdout);
    }
});
afterAll(() => rmSync(folder, { recursive: true }));

const isInstalled = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;
const NO_SHELL = { meta: { skipReason: "the shell is not installed" } };

/** What bash offers after the words of a line. */
function completions(...words: string[]): string[] {
    const script = `source "$1"; shift; COMP_WORDS=(pulumi-agb "$@"); COMP_CWORD=$#; _pulumi_agb; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", join(folder, "bash"), ...words], {
        encoding: "utf8",
    });
    expect(stderr).toBe("");
    return stdout.split(/\s+/).filter(Boolean);
}

test.skipIf(!isInstalled("bash"))("bash offers subcommands and options", isInstalled("bash") ? {} : NO_SHELL, () => {
    expect(completions("st")).toEqual(["stack", "state"]);
    expect(completions("gen")).toEqual(["gen-completion"]);
    expect(completions("stack", "hi")).toEqual(["history"]);
    expect(completions("stack", "ls", "--a")).toEqual(["--all"]);
    expect(completions("destroy", "--run")).toEqual([]);
    // The value of an option is neither a subcommand nor completed as one.
    expect(completions("stack", "--stack", "ls", "--show-n")).toEqual(["--show-name"]);
    expect(completions("up", "--stack", "")).toEqual([]);
});

for (const shell of SHELLS) {
    test.skipIf(!isInstalled(shell))(`${shell} parses its script`, isInstalled(shell) ? {} : NO_SHELL, () => {
        const { status, stderr } = spawnSync(shell, ["-n", join(folder, shell)], { encoding: "utf8" });
        expect(stderr).toBe("");
        expect(status).toBe(0);
    });
}

test("another shell is not supported", async () => {
    expect(await runInProcess(["completion", "tcsh"], { cwd: folder, env: process.env })).toMatchObject({
        exit: 1,
        text: 'error: "tcsh" is not a supported shell\n',
    });
});
