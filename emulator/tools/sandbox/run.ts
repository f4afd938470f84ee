/** Running one confined command: what goes in, what comes out, and its end by itself or by force. */
import { spawn } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";
import { Readable, Writable } from "node:stream";
import { ToolFailure } from "../tool";
import { PATH } from "./sandboxFs";

export interface CommandResult {
    stdout: string;
    stderr: string;
    /** What the command wrote to its descriptor 4. */
    result: string;
    /** Absent when the command did not end by itself. */
    exitCode?: number;
    timedOut: boolean;
}

export interface Running {
    ended: Promise<CommandResult>;
    /** Ends the command and whatever it has started. */
    kill(): void;
}

export interface RunOptions {
    /** What the command can read from its descriptor 3. */
    input: string;
    timeoutMs: number;
}

/** More than this of an output is dropped, with a line that says so. */
const LONGEST_OUTPUT = 8 * 1024 * 1024;
/** No session lives longer. */
const LONGEST_RUN_MS = 30 * 60_000;

/**
 * Starts a confined command. Its environment here holds nothing of ours and nothing of the session's: a variable such as
 * LD_PRELOAD would already act on what does the confining.
 */
export function start(
    command: { argv: readonly string[]; inputs: readonly string[] },
    { input, timeoutMs }: RunOptions,
): Running {
    const [file = "", ...args] = command.argv;
    const child = spawn(file, args, {
        env: { PATH, LANG: "C.UTF-8" },
        cwd: "/",
        // A session of its own, so that it has no terminal to write to.
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
    const [, stdout, stderr, script, result, ...inputs] = child.stdio;
    [input, ...command.inputs].forEach((text, index) => feed([script, ...inputs][index], text));
    let timedOut = false;
    const kill = (): void => void child.kill("SIGKILL");
    const timer = setTimeout(
        () => {
            timedOut = true;
            kill();
        },
        Math.min(timeoutMs, LONGEST_RUN_MS),
    );
    const ended = new Promise<CommandResult>((resolve, reject) => {
        const outputs = [stdout, stderr, result].map(collect);
        child.on("error", (error) => reject(new ToolFailure(`the command could not be started: ${error.message}`)));
        child.on("close", (exitCode) => {
            const [out = "", err = "", results = ""] = outputs.map((output) => output());
            resolve({ stdout: out, stderr: err, result: results, timedOut, ...(exitCode !== null && { exitCode }) });
        });
    }).finally(() => clearTimeout(timer));
    return { ended, kill };
}

/** With /dev/null in place of what this process itself was started with, and which its children would have open too. */
function closeInheritedFds<T>(stdio: readonly T[]): (T | number)[] {
    nothing ??= { last: Math.max(...inheritable()), descriptor: openSync("/dev/null", "r+") };
    const { last, descriptor } = nothing;
    return Array.from({ length: Math.max(stdio.length, last + 1) }, (_, index) => stdio[index] ?? descriptor);
}

let nothing: { last: number; descriptor: number } | undefined;

/** The descriptors that stay open in a child: all that lack close-on-exec, which Node.js sets on every one of its own. */
function inheritable(): number[] {
    return readdirSync("/proc/self/fdinfo")
        .map(Number)
        .filter((descriptor) => {
            try {
                const flags =
                    /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1] ?? "0";
                return (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
            } catch {
                // The one that the folder was read with.
                return false;
            }
        });
}

const CLOSE_ON_EXEC = 0o2000000;

function feed(pipe: Readable | Writable | null | undefined, text: string): void {
    if (!(pipe instanceof Writable)) return;
    // The command may end without having read it all.
    pipe.on("error", () => undefined);
    pipe.end(text);
}

/** Gathers a stream up to the longest output; the function gives what there is so far. */
function collect(stream: Readable | Writable | null | undefined): () => string {
    const chunks: Buffer[] = [];
    let length = 0;
    if (stream instanceof Readable) {
        stream.on("data", (chunk: Buffer) => {
            if (length < LONGEST_OUTPUT) chunks.push(chunk.subarray(0, LONGEST_OUTPUT - length));
            length += chunk.length;
        });
    }
    return () =>
        Buffer.concat(chunks).toString("utf8") +
        (length > LONGEST_OUTPUT ? `\n[${length - LONGEST_OUTPUT} more bytes dropped]\n` : "");
}
