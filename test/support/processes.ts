/** Child processes of tests: started, watched, and collected when they end. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

/** How a process ended, and what it printed. */
export interface Run {
    exit: number | null;
    signal: NodeJS.Signals | null;
    stdout: string;
    /** Both streams, as a user sees them. */
    text: string;
}

export interface RunningProcess {
    child: ChildProcessByStdio<null, Readable, Readable>;
    /** What it has printed so far. */
    readonly output: () => string;
    /** Resolves when it has ended; rejects if it cannot be started. */
    ended: Promise<Run>;
}

export interface StartOptions {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    /** How long it may run, in milliseconds, before `killSignal` ends it. */
    timeout?: number;
    killSignal?: NodeJS.Signals;
}

/** Starts a command line without waiting for it to end. */
export function start([file = "", ...args]: string[], options: StartOptions = {}): RunningProcess {
    const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => ((stdout += part), (text += part)));
    child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
    const ended = new Promise<Run>((resolve, reject) => {
        child.on("error", reject).on("close", (exit, signal) => resolve({ exit, signal, stdout, text }));
    });
    return { child, output: () => text, ended };
}

/** Runs a command line to its end. */
export function run(argv: string[], options?: StartOptions): Promise<Run> {
    return start(argv, options).ended;
}
