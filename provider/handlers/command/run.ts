/** Runs a command in its session, at most once for each declaration: finds the run of an interrupted deployment, or starts one. */
import { errorMessage } from "../../../common/errorMessage";
import { CommandLogging, OnFailure } from "../../definitions/command";
import type { Account } from "../account";
import { Progress } from "../support/progress";
import { followRun } from "./follow";
import { OutputLog, OutputStream } from "./output";
import { SandboxRuns, type RunStatus } from "./sandbox";
import { runText, type CommandInputs, type CommandOperation, type CommandState } from "./state";

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
    const log = new OutputLog(reporter, inputs.__origin?.name ?? "command");
    const [stdout, stderr] = streamsOf(inputs.logging, log);
    const progress = new Progress(inputs, reporter);
    const { exitCode, startedAt, finishedAt, isTimedOut } = await followRun(
        runs,
        { id, number },
        { stdout, stderr, until, onRunning: () => progress.update(`${operation} is running`) },
    );
    stdout.finish();
    stderr.finish();
    progress.end();
    const texts = { stdout: stdout.text, stderr: stderr.text };
    return { ...texts, exitCode, startedAt, finishedAt, isTimedOut, __run: { number, operation } };
}

function streamsOf(logging: CommandLogging, log: OutputLog): [OutputStream, OutputStream] {
    const isShown = (output: CommandLogging) => logging === CommandLogging.StdoutAndStderr || logging === output;
    const stream = (output: CommandLogging) => new OutputStream(isShown(output) ? log : undefined);
    return [stream(CommandLogging.Stdout), stream(CommandLogging.Stderr)];
}
