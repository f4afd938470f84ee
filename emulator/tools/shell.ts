/** The tool that runs a shell command in a session. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { runSandboxed } from "./sandbox/index";
import { quoted } from "./sandbox/namespaces";
import { HOME, SESSION_USER } from "./sandbox/sandboxFs";
import { StructuredFailure, tool, ToolFailure } from "./tool";

/** What a shell gives when a command ran out of time, as timeout(1) does, and when it was killed. */
const TIMED_OUT = 124;
const KILLED = 137;

export const shell = tool(
    "shell",
    "Runs a shell command in the session, without a network.",
    z.object({
        command: z.string(),
        timeout_ms: z.number().positive().default(1000),
        cwd: z.string().optional().describe(`Where it runs; ${HOME} unless told.`),
        envs: z
            .record(z.string(), z.string())
            .refine(
                (envs) => Object.keys(envs).every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)),
                "a name is of letters, digits and _, and does not begin with a digit",
            )
            .default({}),
    }),
    async (space, args) => {
        if ([args.command, args.cwd ?? "", ...Object.values(args.envs)].some((text) => text.includes("\0")))
            throw new ToolFailure("a command, its cwd and its envs hold no NUL character");
        // By a pipe rather than in the arguments, which every user of this machine could read.
        const ended = await runSandboxed(
            space,
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
        const exitCode = ended.timedOut ? TIMED_OUT : (ended.exitCode ?? KILLED);
        const stderr = ended.timedOut ? `${ended.stderr}command timed out after ${args.timeout_ms} ms\n` : ended.stderr;
        const answer = JSON.stringify({
            stdout: ended.stdout,
            stderr,
            exit_code: exitCode,
            traceId: exitCode === 0 ? "" : randomUUID(),
        });
        if (exitCode !== 0) throw new StructuredFailure(answer);
        return answer;
    },
);

/** On the line of the command itself, whose line numbers stay right. */
function preamble(cwd: string | undefined, envs: Record<string, string>): string {
    const all = { HOME, USER: SESSION_USER, LOGNAME: SESSION_USER, SHELL: "/bin/sh", ...envs };
    return [
        `cd ${HOME}`,
        ...(cwd === undefined ? [] : [`cd -- ${quoted(cwd)} || exit`]),
        ...Object.entries(all).map(([name, value]) => `export ${name}=${quoted(value)}`),
    ]
        .map((command) => `${command}; `)
        .join("");
}
