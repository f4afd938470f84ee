/** The tool that runs shell commands, and the metrics. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SANDBOXES, works } from "../../emulator/tools/sandbox/findSandbox";
import { forgetSession } from "../../emulator/tools/index";
import type { Workspace } from "../../emulator/paths";
import { call, createWorkspace, refusal } from "./workspace";

let hasSandbox: boolean;

beforeAll(async () => {
    hasSandbox = (await Promise.all(SANDBOXES.map(works))).includes(true);
});

function skipWithoutSandbox(): void {
    beforeEach(({ skip }) => skip(!hasSandbox, "no sandbox works on this machine"));
}

interface ShellAnswer {
    stdout: string;
    stderr: string;
    exit_code: number;
    traceId: string;
}

async function shell(workspace: Workspace, command: string, args: Record<string, unknown> = {}): Promise<ShellAnswer> {
    return JSON.parse(await call(workspace, "shell", { command, timeout_ms: 20_000, ...args })) as ShellAnswer;
}

async function failingShell(
    workspace: Workspace,
    command: string,
    args: Record<string, unknown> = {},
): Promise<ShellAnswer> {
    return JSON.parse(await refusal(workspace, "shell", { command, timeout_ms: 20_000, ...args })) as ShellAnswer;
}

describe("shell", () => {
    skipWithoutSandbox();

    it("runs ordinary shell commands", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await shell(
            workspace,
            [
                "echo one && false || echo two | tr a-z A-Z",
                "X='a  b'; echo \"$X\"",
                "mkdir -p '/home/a b' && cd '/home/a b' && pwd",
                "touch f && cp f g && ls | head -1 && find . -name g && test -f g && rm f g",
                "whoami",
                "seq 3 > n; while read -r n; do printf %s, $n; done < n",
            ].join("\n"),
        );
        expect(stdout).toBe("one\nTWO\na  b\n/home/a b\nf\n./g\nagb\n1,2,3,");
    });

    it("shares its files with the file tools", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "write_file", { path: "/home/from-tool", content: "tool" });
        expect(
            (await shell(workspace, "cat /home/from-tool; echo shell > /tmp/from-shell; mkdir /home/dir")).stdout,
        ).toBe("tool");
        expect(await call(workspace, "read_file", { path: "/tmp/from-shell" })).toBe("shell\n");
        expect(await call(workspace, "list_directory", { path: "/home" })).toBe("[DIR] dir\n[FILE] from-tool");
        await call(workspace, "delete_file", { path: "/tmp/from-shell" });
        expect(readFileSync(join(workspace.root, "home/from-tool"), "utf8")).toBe("tool");
    });

    it("runs in /home or in the requested folder", async () => {
        const workspace = await createWorkspace();
        await call(workspace, "create_directory", { path: "/tmp/it's here" });
        expect((await shell(workspace, "pwd")).stdout).toBe("/home\n");
        expect((await shell(workspace, "pwd", { cwd: "/tmp" })).stdout).toBe("/tmp\n");
        expect((await shell(workspace, "pwd", { cwd: "/tmp/it's here" })).stdout).toBe("/tmp/it's here\n");
        expect((await failingShell(workspace, "echo ran", { cwd: "/tmp/none" })).stdout).toBe("");
    });

    it("passes environment variables on unchanged", async () => {
        const workspace = await createWorkspace();
        const envs = { A: 'it\'s "$HOME" `id`; echo no', B: "two\nlines", EMPTY: "", LD_PRELOAD: "" };
        expect((await shell(workspace, 'printf \'%s|\' "$A" "$B" "${EMPTY-unset}"', { envs })).stdout).toBe(
            `${envs.A}|${envs.B}||`,
        );
        expect(await refusal(workspace, "shell", { command: "true", envs: { "A;id": "1" } })).toContain(
            "envs: names must consist of letters",
        );
        expect(await refusal(workspace, "shell", { command: "true", envs: { A: "\0" } })).toContain("NUL");
    });

    it("fails with the exit code and both outputs of a failed command", async () => {
        const workspace = await createWorkspace();
        expect(await failingShell(workspace, "echo out; echo err >&2; exit 3")).toMatchObject({
            stdout: "out\n",
            stderr: "err\n",
            exit_code: 3,
            traceId: expect.stringMatching(/./) as string,
        });
        expect(await shell(workspace, "echo err >&2")).toMatchObject({
            stdout: "",
            stderr: "err\n",
            exit_code: 0,
            traceId: "",
        });
        expect(await failingShell(workspace, "kill -9 $$")).toMatchObject({ exit_code: 137 });
        expect((await failingShell(workspace, "echo 'open")).stderr).toContain("line 1");
    });

    it("kills a command at its time limit and returns its output so far", async () => {
        const workspace = await createWorkspace();
        const answer = await failingShell(workspace, "echo begun; sleep 600", { timeout_ms: 700 });
        expect(answer).toMatchObject({ stdout: "begun\n", stderr: "command timed out after 700 ms\n", exit_code: 124 });
    });

    it("limits the resources of a command", async () => {
        const workspace = await createWorkspace();
        const limits = (await shell(workspace, "cat /proc/self/limits")).stdout;
        expect(limits).toMatch(/^Max processes +2048 +2048 /m);
        expect(limits).toMatch(/^Max data size +2147483648 +2147483648 /m);
        expect((await failingShell(workspace, "dd if=/dev/zero of=/dev/null bs=3G count=1")).stderr).toContain(
            "memory exhausted",
        );
    });

    it("provides no terminal and no input", async () => {
        const workspace = await createWorkspace();
        expect(
            (
                await shell(
                    workspace,
                    "cat; tty; echo x 2>/dev/null > /dev/tty || echo none; find /proc/$$/fd -type l -printf '%l\\n' | grep -vE '^(/dev/null|socket:.*)$' || true",
                )
            ).stdout,
        ).toBe("not a tty\nnone\n");
    });

    it("truncates endless output and keeps working", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await shell(workspace, "head -c 20000000 /dev/zero | tr '\\0' x");
        expect(stdout.length).toBeLessThan(8.1 * 1024 * 1024);
        expect(stdout).toMatch(/x\n\[\d+ more bytes omitted\]\n$/);
    });

    it("hides the command and its variables from the machine's process list", async () => {
        const workspace = await createWorkspace();
        const { stdout } = await shell(workspace, "cat /proc/*/cmdline /proc/1/environ | tr '\\0' ' '", {
            envs: { SECRET: "swordfish" },
        });
        expect(stdout).not.toContain("swordfish");
        expect(stdout).not.toContain("tr '");
    });

    it("returns when its command ends, and leaves what runs in the background to the session", async () => {
        const workspace = await createWorkspace();
        expect(
            await shell(
                workspace,
                "nohup sh -c 'until [ -e go ]; do sleep 0.02; done; touch done' > log 2>&1 & echo begun",
            ),
        ).toMatchObject({ stdout: "begun\n", exit_code: 0 });
        expect((await shell(workspace, "touch go; until [ -e done ]; do sleep 0.02; done; jobs")).stdout).toBe("");
        await shell(workspace, "nohup sleep 600 > /dev/null 2>&1 & echo $! > pid; disown");
        expect(await shell(workspace, "kill -0 $(cat pid)")).toMatchObject({ exit_code: 0 });
        await forgetSession(workspace.sessionId);
        expect((await failingShell(workspace, "kill -0 $(cat pid)")).stderr).toContain("No such process");
    });

    it("ends with its session", async () => {
        const workspace = await createWorkspace();
        const answer = failingShell(workspace, "echo begun > /home/begun; sleep 600", { timeout_ms: 600_000 });
        while ((await call(workspace, "list_directory", { path: "/home" })) === "") {
            await new Promise((next) => setTimeout(next, 10));
        }
        await forgetSession(workspace.sessionId);
        expect(await answer).toMatchObject({ exit_code: 137 });
    });

    it("serves concurrent calls, each in its own session", async () => {
        const workspaces = await Promise.all(Array.from({ length: 8 }, () => createWorkspace()));
        const answers = await Promise.all(
            workspaces.map((workspace, index) =>
                shell(workspace, `echo ${index} > /home/mine; sleep 0.2; cat /home/mine`),
            ),
        );
        expect(answers.map((answer) => answer.stdout)).toEqual(workspaces.map((_, index) => `${index}\n`));
    });
});

describe("get_metrics", () => {
    it("reports the machine's resources and their usage", async () => {
        const metrics = JSON.parse(await call(await createWorkspace(), "get_metrics", {})) as Record<string, number>;
        expect(metrics["cpu_count"]).toBeGreaterThanOrEqual(1);
        expect(metrics["cpu_used_pct"]).toSatisfy((used: number) => used >= 0 && used <= 100);
        for (const kind of ["mem", "disk"]) {
            expect(metrics[`${kind}_total`]).toBeGreaterThan(1024 ** 2);
            expect(metrics[`${kind}_used`]).toSatisfy(
                (used: number) => used > 0 && used < (metrics[`${kind}_total`] ?? 0),
            );
        }
        expect(metrics["timestamp"]).toMatch(/^\d{4}-/);
    });
});
