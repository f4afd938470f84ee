/** The tool that runs Python and JavaScript in a session. Each run is a process of its own; nothing is kept between two. */
import { z } from "zod";
import { runSandboxed } from "./sandbox/index";
import { HOME, SESSION_USER } from "./sandbox/sandboxFs";
import { JAVASCRIPT_RUNNER, PYTHON_RUNNER } from "./runners";
import { tool, ToolFailure } from "./tool";

/** The arguments that make each language run what it reads from descriptor 3 and tell of it on descriptor 4. */
const LANGUAGES: Record<string, { command: string[]; missing: string } | undefined> = {
    python: {
        command: ["python3", "-c", PYTHON_RUNNER],
        missing: "Python is not installed under /usr on this machine (apt-get install python3, dnf install python3)",
    },
    javascript: {
        command: [process.execPath, "--no-warnings", "-e", JAVASCRIPT_RUNNER],
        missing: "Node.js cannot run here",
    },
};
/** What a shell gives for a command that it does not find. */
const NOT_FOUND = 127;

const outcomeSchema = z.object({ result: z.array(z.string()), executionError: z.string().nullable() });

export const runCode = tool(
    "run_code",
    "Runs Python or JavaScript in the session, without a network. The value of a last expression is its result.",
    z.object({
        code: z.string(),
        language: z.string(),
        timeout_s: z.number().positive().default(60),
    }),
    async (space, args) => {
        const language = LANGUAGES[args.language.toLowerCase()];
        if (language === undefined)
            throw new ToolFailure(
                `language ${JSON.stringify(args.language)} is not supported here; ${Object.keys(LANGUAGES).join(" and ")} are`,
            );
        const began = performance.now();
        const ended = await runSandboxed(
            space,
            ["env", "-C", HOME, `HOME=${HOME}`, `USER=${SESSION_USER}`, ...language.command],
            { input: args.code, timeoutMs: args.timeout_s * 1000 },
        );
        if (ended.exitCode === NOT_FOUND && ended.result === "") throw new ToolFailure(language.missing);
        return JSON.stringify({
            ...(outcome(ended.result) ?? {
                result: [],
                executionError: ended.timedOut
                    ? `the code timed out after ${args.timeout_s} s`
                    : `the code ended the process (exit code ${ended.exitCode ?? "none"})`,
            }),
            stdout: ended.stdout === "" ? [] : [ended.stdout],
            stderr: ended.stderr === "" ? [] : [ended.stderr],
            execution_time: Math.round(performance.now() - began) / 1000,
        });
    },
);

/** What the runner told at its end; `undefined` where it did not get that far. */
function outcome(text: string): z.output<typeof outcomeSchema> | undefined {
    try {
        return outcomeSchema.parse(JSON.parse(text));
    } catch {
        return undefined;
    }
}
