/** The tool that runs Python and JavaScript in a session. Each run is its own process and shares no state with others. */
import { z } from "zod";
import { parseJson } from "../../common/parseJson";
import { runSandboxed } from "./sandbox/index";
import { HOME, NODE, SESSION_USER } from "./sandbox/sandboxFs";
import { JAVASCRIPT_RUNNER, PYTHON_RUNNER } from "./runners";
import { tool, ToolFailure } from "./tool";

/** Commands that run the code on descriptor 3 and report the outcome on descriptor 4. */
const LANGUAGES: Record<string, { command: string[]; missing: string } | undefined> = {
    python: {
        command: ["python3", "-c", PYTHON_RUNNER],
        missing: "Python is not installed under /usr on this machine (apt-get install python3, dnf install python3)",
    },
    javascript: {
        command: [NODE, "--no-warnings", "-e", JAVASCRIPT_RUNNER],
        missing: "Node.js cannot run on this machine",
    },
};
/** The exit code for a command that is not found. */
const EXIT_NOT_FOUND = 127;
const DEFAULT_TIMEOUT_SECONDS = 60;

const outcomeSchema = z.object({ result: z.array(z.string()), executionError: z.string().nullable() });

export const runCode = tool(
    "run_code",
    "Runs Python or JavaScript in the session, without network access. The value of the last expression is the result.",
    z.object({
        code: z.string(),
        language: z.string(),
        timeout_s: z.number().positive().default(DEFAULT_TIMEOUT_SECONDS),
    }),
    async (workspace, args) => {
        const language = LANGUAGES[args.language.toLowerCase()];
        if (language === undefined) {
            throw new ToolFailure(
                `language ${JSON.stringify(args.language)} is not supported. Supported languages: ${Object.keys(LANGUAGES).join(", ")}`,
            );
        }
        const startedAt = performance.now();
        const run = await runSandboxed(
            workspace,
            ["env", "-C", HOME, `HOME=${HOME}`, `USER=${SESSION_USER}`, ...language.command],
            { input: args.code, timeoutMs: args.timeout_s * 1000 },
        );
        if (run.exitCode === EXIT_NOT_FOUND && run.result === "") throw new ToolFailure(language.missing);
        return JSON.stringify({
            ...(parseOutcome(run.result) ?? {
                result: [],
                executionError: run.timedOut
                    ? `the code timed out after ${args.timeout_s} s`
                    : `the code ended the process (exit code ${run.exitCode})`,
            }),
            stdout: run.stdout === "" ? [] : [run.stdout],
            stderr: run.stderr === "" ? [] : [run.stderr],
            execution_time: Math.round(performance.now() - startedAt) / 1000,
        });
    },
);

/** What the runner reported at its end; `undefined` if it did not get that far. */
const parseOutcome = (text: string): z.output<typeof outcomeSchema> | undefined =>
    outcomeSchema.safeParse(parseJson(text)).data;
