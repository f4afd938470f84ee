/** Runs one sandboxed command: its input, its outputs, and how it ends. */
import { spawn } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { ToolFailure } from "../tool";
import { PATH } from "./sandboxFs";

export interface CommandResult {
    stdout: string;
    stderr: string;
    /** What the command wrote to descriptor 4. */
    result: string;
    /** Absent if the command was killed. */
    exitCode?: number;
    timedOut: boolean;
}

export interface RunningCommand {
    ended: Promise<CommandResult>;
    /** Kills the command and everything it started. */
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

/**
 * Starts a sandboxed command. Its environment contains neither this process's variables nor the session's: a variable such
 * as LD_PRELOAD would already affect the sandbox itself.
 */
export function start(
    command: { argv: readonly string[]; inputs: readonly string[] },
    { input, timeoutMs }: RunOptions,
): RunningCommand {
    const [file = "", ...args] = command.argv;
    const child = spawn(file, args, {
        env: { PATH, LANG: "C.UTF-8" },
        cwd: "/",
        // In its own process session, so it has no terminal to write to.
        detached: true,
        stdio: closeInheritedFds<"ignore" | "pipe">([
            "ignore",
            "pipe",
            "pipe",
            "pipe",
            "pipe",
            ...command.inputs.map(() => "pipe" as const),
        ]),
    });
    const [, stdout, stderr, inputPipe, result, ...sandboxPipes] = child.stdio;
    const pipes = [inputPipe, ...sandboxPipes];
    [input, ...command.inputs].forEach((text, index) => writeAll(pipes[index], text));
    let timedOut = false;
    const kill = (): void => void child.kill("SIGKILL");
    const timer = setTimeout(
        () => {
            timedOut = true;
            kill();
        },
        Math.min(timeoutMs, MAX_RUN_MS),
    );
    const ended = new Promise<CommandResult>((resolve, reject) => {
        const outputs = [stdout, stderr, result].map(collect);
        child.on("error", (error) => reject(new ToolFailure(`the command could not be started: ${error.message}`)));
        child.on("close", (exitCode) => {
            const [stdoutText = "", stderrText = "", resultText = ""] = outputs.map((output) => output());
            resolve({
                stdout: stdoutText,
                stderr: stderrText,
                result: resultText,
                timedOut,
                ...(exitCode !== null && { exitCode }),
            });
        });
    }).finally(() => clearTimeout(timer));
    return { ended, kill };
}

/** Replaces every descriptor that this process inherited, and that its children would inherit in turn, with /dev/null. */
function closeInheritedFds<T>(stdio: readonly T[]): (T | number)[] {
    inherited ??= { last: Math.max(...inheritableFds()), devNull: openSync("/dev/null", "r+") };
    const { last, devNull } = inherited;
    return Array.from({ length: Math.max(stdio.length, last + 1) }, (_, index) => stdio[index] ?? devNull);
}

let inherited: { last: number; devNull: number } | undefined;

/** The descriptors that a child inherits: those without close-on-exec, which Node.js sets on all of its own. */
function inheritableFds(): number[] {
    return readdirSync("/proc/self/fdinfo")
        .map(Number)
        .filter((descriptor) => {
            try {
                const flags =
                    /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1] ?? "0";
                return (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
            } catch {
                // The descriptor of the listing itself, which is closed by now.
                return false;
            }
        });
}

const CLOSE_ON_EXEC = 0o2000000;

function writeAll(pipe: Readable | Writable | null | undefined, text: string): void {
    if (!(pipe instanceof Writable)) return;
    // The command may exit before it has read everything.
    pipe.on("error", () => undefined);
    pipe.end(text);
}

/** Collects a stream up to the maximum output. The returned function gives the text so far. */
function collect(stream: Readable | Writable | null | undefined): () => string {
    const chunks: Buffer[] = [];
    let length = 0;
    if (stream instanceof Readable) {
        stream.on("data", (chunk: Buffer) => {
            if (length < MAX_OUTPUT_BYTES) chunks.push(chunk.subarray(0, MAX_OUTPUT_BYTES - length));
            length += chunk.length;
        });
    }
    return () =>
        Buffer.concat(chunks).toString("utf8") +
        (length > MAX_OUTPUT_BYTES ? `\n[${length - MAX_OUTPUT_BYTES} more bytes omitted]\n` : "");
}
