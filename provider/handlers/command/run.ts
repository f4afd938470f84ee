/** Runs a command in its session, at most once for each declaration: finds the run of an interrupted deployment, or starts one. */
import { errorMessage } from "../../../common/errorMessage";
import { FIRST_PAUSE_MS, nextPause, sleep, withJitter } from "../../agb/polling";
import { CommandLogging, OnFailure } from "../../definitions/command";
import type { Account } from "../account";
import { withErrorContext } from "../support/errors";
import { Progress } from "../support/progress";
import { OutputLog, OutputStream } from "./output";
import { SandboxRuns, type RunStatus } from "./sandbox";
import { EXIT_ENDED } from "./script";
import { runText, type CommandInputs, type CommandOperation, type CommandState } from "./state";

/** How long a run may need to record its process. */
const STARTING_LIMIT_MS = 10_000;

/** What to run. */
interface Job {
    id: string;
    operation: CommandOperation;
    /** The number of the last run that is not this one. */
    after: number;
    /** When the run is ended, in milliseconds since the epoch. */
    until: number;
}

export interface RunResult extends Pick<CommandState, "exitCode" | "startedAt" | "finishedAt" | "__run"> {
    stdout: string;
    stderr: string;
    /** Whether the run was ended at its time limit. */
    isTimedOut: boolean;
}

/** The run was started, but its end was not observed. */
export class RunInterruptedError extends Error {
    override readonly name = "RunInterruptedError";
    constructor(
        readonly number: number,
        cause: unknown,
    ) {
        super(errorMessage(cause), { cause });
    }
}

/** Runs a command and waits until it ends. At the time limit it is ended. Throws {@link RunInterruptedError} once it was started. */
export async function runCommand(job: Job, inputs: CommandInputs, account: Account): Promise<RunResult> {
    const { id, operation } = job;
    const runs = new SandboxRuns(account.agb, inputs.sessionId);
    const { text, digest } = runText(operation, inputs);
    const found = await runs.latest(id);
    const isOwn = found.number > job.after && found.digest === digest;
    if (isOwn && mayBeTaken(found, inputs)) return watch(runs, found, job, inputs, account);
    // It failed, or it is what an interrupted deployment has declared.
    if (found.number > job.after) await runs.end({ id, number: found.number });
    const number = Math.max(found.number, job.after) + 1;
    const started = await runs.start({ id, number }, text, digest).catch((error: unknown) => {
        throw new RunInterruptedError(number, error);
    });
    return watch(runs, started, job, inputs, account);
}

/** Whether a run that was found makes another one unnecessary. */
function mayBeTaken({ state, exitCode }: RunStatus, { onFailure }: CommandInputs): boolean {
    if (state !== "ended") return state === "running" || state === "starting";
    return exitCode === 0 || onFailure === OnFailure.Report;
}

async function watch(
    runs: SandboxRuns,
    { number }: RunStatus,
    job: Job,
    inputs: CommandInputs,
    account: Account,
): Promise<RunResult> {
    try {
        return await untilEnded(runs, number, job, inputs, account);
    } catch (error) {
        throw new RunInterruptedError(number, error);
    }
}

async function untilEnded(
    runs: SandboxRuns,
    number: number,
    { id, operation, until }: Job,
    inputs: CommandInputs,
    { reporter }: Account,
): Promise<RunResult> {
    const address = { id, number };
    const log = new OutputLog(reporter, inputs.__origin?.name ?? "command");
    const [stdout, stderr] = streamsOf(inputs.logging, log);
    const progress = new Progress(inputs, reporter);
    const startingLimit = Date.now() + STARTING_LIMIT_MS;
    let isTimedOut = false;
    for (let pauseMs = FIRST_PAUSE_MS; ;) {
        const status = await runs.status(address, stdout.position, stderr.position);
        stdout.add(status.stdout);
        stderr.add(status.stderr);
        const isBehind =
            (stdout.isBehind || stderr.isBehind) && [status.stdout, status.stderr].some((piece) => piece?.bytes.length);
        const { state, exitCode, startedAt, finishedAt } = status;
        const isOver =
            !["starting", "running"].includes(state) || (state === "starting" && Date.now() >= startingLimit);
        if (isOver && !isBehind) {
            stdout.finish();
            stderr.finish();
            progress.end();
            const texts = { stdout: stdout.text, stderr: stderr.text };
            return { ...texts, exitCode, startedAt, finishedAt, isTimedOut, __run: { number, operation } };
        }
        if (isOver) continue;
        if (Date.now() >= until) {
            // What it has printed until then is read in the next turn.
            const { exitCode: code = EXIT_ENDED } = await withErrorContext("It could not be ended", () =>
                runs.end(address),
            );
            isTimedOut = code === EXIT_ENDED;
            continue;
        }
        progress.update(`${operation} is running`);
        if (isBehind) continue;
        await sleep(Math.min(withJitter(pauseMs), Math.max(until - Date.now(), 1)));
        pauseMs = nextPause(pauseMs);
    }
}

function streamsOf(logging: CommandLogging, log: OutputLog): [OutputStream, OutputStream] {
    const isShown = (output: CommandLogging) => logging === CommandLogging.StdoutAndStderr || logging === output;
    const stream = (output: CommandLogging) => new OutputStream(isShown(output) ? log : undefined);
    return [stream(CommandLogging.Stdout), stream(CommandLogging.Stderr)];
}
