/** The subcommand `session exec`: runs a command in a session, with its output and its exit code. */
import { once } from "node:events";
import { constants } from "node:os";
import { CommanderError, InvalidArgumentError, type Command } from "commander";
import { commandLine } from "../common/commandLine";
import { parseDuration } from "../common/duration";
import { errorMessage } from "../common/errorMessage";
import { shellQuoted } from "../common/shellQuoted";
import { UserError } from "../engine/model/userError";
import type { AgbClient } from "../provider/agb";
import { execute, ExecutionError } from "../provider/handlers/command/execute";
import { OutputPipe, OutputStream, type OutputReader } from "../provider/handlers/command/output";
import { withAccount } from "./account";
import type { StackFlags } from "./options";
import { printJson } from "./print";
import { sessionNamed } from "./sessionArgument";
import { handleSignals } from "./signals";

interface ExecFlags extends StackFlags {
    json?: boolean;
    workdir?: string;
    /** In seconds. */
    timeout?: number;
}

/** The exit status of ssh(1) if something other than the command fails. */
const EXIT_OWN_FAILURE = 255;
/** The exit status of a shell for a command that was ended by a signal. */
const exitBySignal = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];

export function registerExec(command: Command): void {
    command
        .usage("[options] <session> -- <command...>")
        .exitOverride((error) => {
            const { code, exitCode, message } = error;
            if (code !== "commander.unknownOption") throw error;
            throw new CommanderError(exitCode, code, `${message}. Options of the command follow after --.`);
        })
        .argument("<session>", "The id of a session, or the name of its resource")
        .argument("<command...>", "A program and its arguments, or a single text for the shell")
        .option("-w, --workdir <folder>", "The folder in the session to run in")
        .option("--timeout <duration>", "End the command after this time, such as 90s or 10m", parseTimeout)
        .option("-j, --json", "Print the exit code and the end of the output as JSON when the command has ended")
        .action(exec);
}

function parseTimeout(text: string): number {
    const seconds = parseDuration(text);
    if (seconds === undefined) throw new InvalidArgumentError("It must be a duration, such as 90s or 10m.");
    return seconds;
}

async function exec(session: string, words: string[], flags: ExecFlags): Promise<void> {
    try {
        process.exitCode = await withAccount(flags, async (agb, _config, stack) =>
            run(agb, await sessionNamed(agb, session, stack), textOf(words), flags),
        );
    } catch (error) {
        throw new UserError(errorMessage(error), EXIT_OWN_FAILURE);
    }
}

/** What the shell in the session runs. Several words are a program with its arguments, which no shell changes. */
const textOf = (words: string[]): string => (words.length === 1 ? words : words.map(shellQuoted)).join(" ");

/** Runs the command, and returns the exit status. */
async function run(agb: AgbClient, sessionId: string, command: string, flags: ExecFlags): Promise<number> {
    const { json, workdir: cwd, timeout = Infinity } = flags;
    const { signal, end } = stopSignal();
    const ends = json ? { stdout: new OutputStream(undefined), stderr: new OutputStream(undefined) } : undefined;
    const readers: Record<"stdout" | "stderr", OutputReader> = ends ?? {
        stdout: pipeTo(process.stdout, signal),
        stderr: pipeTo(process.stderr, signal),
    };
    const until = Date.now() + timeout * 1000;
    try {
        const result = await execute(agb, { sessionId, command, cwd, until, signal, ...readers });
        if (result.isCanceled) return exitBySignal(signal.reason as NodeJS.Signals);
        const { exitCode, startedAt, finishedAt, isTimedOut } = result;
        if (exitCode === undefined) {
            throw new Error(
                `the command ended without an exit code in session ${sessionId}: its processes were killed, or its files below /tmp were removed.`,
            );
        }
        if (ends) {
            const [stdout, stderr] = [ends.stdout.text, ends.stderr.text];
            printJson({ session: sessionId, exitCode, stdout, stderr, startedAt, finishedAt });
        }
        if (isTimedOut) process.stderr.write(`The command did not finish within ${timeout} s and was ended.\n`);
        return exitCode;
    } catch (error) {
        throw error instanceof ExecutionError ? new Error(problemOf(error, sessionId)) : error;
    } finally {
        end();
    }
}

/** Aborted by the first ^C or SIGTERM, and if the reader of the output ends first, as in a pipe to head(1). */
function stopSignal() {
    const signals = handleSignals({
        notice: (name) => `${name} received; ending the command in the session\n`,
        exitStatus: exitBySignal,
    });
    const closed = new AbortController();
    const onClosed = () => closed.abort("SIGPIPE");
    const streams = [process.stdout, process.stderr];
    for (const stream of streams) stream.on("error", onClosed);
    return {
        signal: AbortSignal.any([signals.signal, closed.signal]),
        end: () => {
            for (const stream of streams) stream.off("error", onClosed);
            signals.end();
        },
    };
}

/** Writes the output as fast as its reader takes it. */
const pipeTo = (stream: NodeJS.WriteStream, signal: AbortSignal): OutputPipe =>
    new OutputPipe(async (bytes) => {
        if (!signal.aborted && !stream.write(bytes)) await once(stream, "drain", { signal }).catch(() => undefined);
    });

function problemOf({ reason, message }: ExecutionError, sessionId: string): string {
    switch (reason) {
        case "notStarted":
            return `the command could not be started in session ${sessionId}: ${message} Check that the image of the session has a shell.`;
        case "notObserved":
            return `the command was not observed to end: ${message} It continues in session ${sessionId}.`;
        case "sessionEnded":
            return `session ${sessionId} has ended before the command: ${message} AGB releases idle sessions early, and every session after 30 minutes. To see the running ones, run \`${commandLine("session list")}\`.`;
    }
}
