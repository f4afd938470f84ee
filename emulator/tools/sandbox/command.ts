/** Runs one command in a sandbox: its input, its outputs, and how it ends. */
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { ToolFailure } from "../tool";
import { processSession } from "./processSession";
import { feed, spawnIsolated } from "./spawnIsolated";

export interface CommandResult {
    stdout: string;
    stderr: string;
    /** What the command wrote to descriptor 4. */
    result: string;
    /** As a shell reports it: for a command that was killed, 128 and the number of the signal. */
    exitCode: number;
    timedOut: boolean;
}

export interface RunningCommand {
    ended: Promise<CommandResult>;
    /** Kills the command and its children. What runs in a process session of its own (setsid) survives. */
    kill(): void;
}

export interface RunOptions {
    /** What the command can read from descriptor 3. */
    input: string;
    timeoutMs: number;
}

/** Longer outputs are cut off, with a line that says so. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
/** The maximum lifetime of a session. */
const MAX_RUN_MS = 30 * 60_000;
const INPUT_FD = 3;
const RESULT_FD = 4;
const EXIT_SIGNAL = 128;

/** Starts a command line that enters a sandbox, waits there for the command proper, and exits as it does. */
export function startCommand(argv: readonly string[], { input, timeoutMs }: RunOptions): RunningCommand {
    const child = spawnIsolated(argv, ["ignore", "pipe", "pipe", "pipe", "pipe"]);
    feed(child, INPUT_FD, input);
    let timedOut = false;
    const kill = (): void => killCommand(child);
    const timer = setTimeout(
        () => {
            timedOut = true;
            kill();
        },
        Math.min(timeoutMs, MAX_RUN_MS),
    );
    const ended = new Promise<CommandResult>((resolve, reject) => {
        const [stdout, stderr, result] = [child.stdout, child.stderr, child.stdio[RESULT_FD]].map(
            (stream) => new Output(stream),
        ) as [Output, Output, Output];
        child.on("error", (error) => reject(new ToolFailure(`the command could not be started: ${error.message}`)));
        // The outputs may stay open for longer: background processes inherit them.
        child.on("exit", (exitCode, signal) => {
            void Promise.all([stdout, stderr, result].map((output) => output.finish())).then(
                ([stdoutText = "", stderrText = "", resultText = ""]) =>
                    resolve({
                        stdout: stdoutText,
                        stderr: stderrText,
                        result: resultText,
                        exitCode: exitCode ?? EXIT_SIGNAL + constants.signals[signal ?? "SIGKILL"],
                        timedOut,
                    }),
            );
        });
    }).finally(() => clearTimeout(timer));
    return { ended, kill };
}

/** The process that entered the sandbox must outlive the command: only it can remove the command's process entry. */
function killCommand({ pid, exitCode, signalCode }: ChildProcess): void {
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const others = processSession(pid).filter((member) => member !== pid);
    for (const member of others.length > 0 ? others : [pid]) signal(member, "SIGKILL");
    // It stops whenever the command stops, and would not notice the end.
    signal(pid, "SIGCONT");
}

function signal(pid: number, name: NodeJS.Signals): void {
    try {
        process.kill(pid, name);
    } catch {
        // It has ended by itself.
    }
}

/** Collects a stream up to the maximum output. */
class Output {
    readonly #chunks: Buffer[] = [];
    #length = 0;
    #isFinished = false;

    constructor(stream: unknown) {
        if (!(stream instanceof Readable)) return;
        stream.on("error", () => undefined);
        stream.on("data", (chunk: Buffer) => {
            if (this.#isFinished) return;
            if (this.#length < MAX_OUTPUT_BYTES) this.#chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - this.#length));
            this.#length += chunk.length;
        });
    }

    /** The text that was written until now. Later output is read, so no process is blocked, and discarded. */
    async finish(): Promise<string> {
        // What is in the pipe arrives in the next iterations of the event loop, as long as any of it is left.
        for (let seen = -1; seen !== this.#length;) {
            seen = this.#length;
            await setImmediate();
            await setImmediate();
        }
        this.#isFinished = true;
        const omitted = this.#length - MAX_OUTPUT_BYTES;
        return (
            Buffer.concat(this.#chunks).toString("utf8") + (omitted > 0 ? `\n[${omitted} more bytes omitted]\n` : "")
        );
    }
}
