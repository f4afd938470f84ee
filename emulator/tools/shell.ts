/** The tool that runs a shell command in a session. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { shellQuoted } from "../../common/shellQuoted";
import { runSandboxed } from "./sandbox/index";
import { HOME, SESSION_USER } from "./sandbox/sandboxFs";
import { StructuredFailure, tool, ToolFailure } from "./tool";

/** The exit code of timeout(1) for a command that timed out. */
const EXIT_TIMED_OUT = 124;
const DEFAULT_TIMEOUT_MS = 1000;

export const shell = tool(
    "shell",
    "Runs a shell command in the session, without network access.",
    z.object({
        command: z.string(),
        timeout_ms: z.number().positive().default(DEFAULT_TIMEOUT_MS),
        cwd: z.string().optional().describe(`The working directory. Defaults to ${HOME}.`),
        envs: z
            .record(z.string(), z.string())
            .refine(
                (envs) => Object.keys(envs).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)),
                "names must consist of letters, digits and _, and must not start with a digit",
            )
            .default({}),
    }),
    async (workspace, args) => {
        if ([args.command, args.cwd ?? "", ...Object.values(args.envs)].some((text) => text.includes("\0"))) {
            throw new ToolFailure("command, cwd and envs must not contain NUL characters");
        }
        // The command is passed through a pipe, because every user of this machine can read arguments.
        const run = await runSandboxed(
            workspace,
            [
                "sh",
                "-c",
                'command -v bash > /dev/null && exec bash -c "$0"; exec sh -c "$0"',
                'eval "$(cat <&3)" 3<&- 4>&-',
            ],
            {
                input: preamble(args.cwd, args.envs) + args.command,
                timeoutMs: args.timeout_ms,
            },
        );
        const exitCode = run.timedOut ? EXIT_TIMED_OUT : run.exitCode;
        const stderr = run.timedOut ? `${run.stderr}command timed out after ${args.timeout_ms} ms\n` : run.stderr;
        const answer = JSON.stringify({
            stdout: run.stdout,
            stderr,
            exit_code: exitCode,
            traceId: exitCode === 0 ? "" : randomUUID(),
        });
        if (exitCode !== 0) throw new StructuredFailure(answer);
        return answer;
    },
);

/** On the same line as the command, so line numbers in error messages are right. */
function preamble(cwd: string | undefined, envs: Record<string, string>): string {
    const all = { HOME, USER: SESSION_USER, LOGNAME: SESSION_USER, SHELL: "/bin/sh", ...envs };
    return [
        `cd ${HOME}`,
        ...(cwd === undefined ? [] : [`cd -- ${shellQuoted(cwd)} || exit`]),
        ...Object.entries(all).map(([name, value]) => `export ${name}=${shellQuoted(value)}`),
    ]
        .map((command) => `${command}; `)
        .join("");
}
