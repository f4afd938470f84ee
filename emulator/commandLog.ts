/** The commands that ran in sessions, with the ends of their outputs. Only in memory, because they may contain secrets. */
import { z } from "zod";
import { parseJson } from "../common/parseJson";
import type { SessionRecord } from "./account";
import type { Clock } from "./clock";
import { runScriptOf, runStatusOf, runTextOf, type Piece, type RunScript } from "./commandRuns";
import { sessionName, type SessionName } from "./sessionName";
import type { ToolResult } from "./tools/index";

/** A part of a text, and how many characters were left out. */
interface Excerpt {
    text: string;
    omitted: number;
}

export interface CommandRecord {
    number: number;
    sessionId: string;
    session: SessionName;
    command: Excerpt;
    /** In milliseconds of the local AGB's clock. */
    startedAt: number;
    /** Absent while it runs. */
    milliseconds?: number;
    /** Absent while it runs, and if it could not run. */
    exitCode?: number;
    stdout?: Excerpt;
    stderr?: Excerpt;
}

/** The end of an output that arrives in pieces. */
interface Tail {
    size: number;
    bytes: Buffer;
}

/** A run of a `Command` that is logged. */
interface Run {
    key: string;
    stdout: Tail;
    stderr: Tail;
}

const COMMAND_TOOL = "shell";
const MAX_COMMANDS = 100;
const MAX_LENGTH = 8 * 1024;

const argsSchema = z.looseObject({ command: z.string() });
const resultSchema = z.object({ stdout: z.string(), stderr: z.string(), exit_code: z.number() });

export class CommandLog {
    readonly #clock: Clock;
    readonly #commands: CommandRecord[] = [];
    readonly #runs = new WeakMap<CommandRecord, Run>();
    /** What the next run of each command will execute. */
    readonly #nextTexts = new Map<string, string>();
    #lastNumber = 0;

    constructor(clock: Clock) {
        this.#clock = clock;
    }

    /** Calls a tool. If it is the one that runs commands, the command and its result are logged. */
    async record(
        session: SessionRecord,
        tool: string,
        args: unknown,
        call: () => Promise<ToolResult>,
    ): Promise<ToolResult> {
        const next = runTextOf(args);
        if (next !== undefined) this.#nextTexts.set(`${session.id} ${next.commandId}`, next.text);
        const { data } = argsSchema.safeParse(args);
        if (tool !== COMMAND_TOOL || data === undefined) return call();
        const script = runScriptOf(data.command);
        if (script !== undefined) {
            const result = await call();
            this.#recordRun(session, script, outcomeOf(result).stdout);
            return result;
        }
        const command = this.#add(session, data.command);
        const startedAt = performance.now();
        const result = await call();
        const { exitCode, stdout, stderr } = outcomeOf(result);
        Object.assign(command, {
            milliseconds: Math.round(performance.now() - startedAt),
            ...(exitCode !== undefined && { exitCode }),
            stdout: endOf(stdout),
            stderr: endOf(stderr),
        });
        return result;
    }

    /** Newest first. */
    list(): CommandRecord[] {
        return this.#commands.toReversed();
    }

    #add({ id, labels }: SessionRecord, text: string): CommandRecord {
        const command: CommandRecord = {
            number: ++this.#lastNumber,
            sessionId: id,
            session: sessionName(labels),
            command: { text: text.slice(0, MAX_LENGTH), omitted: Math.max(0, text.length - MAX_LENGTH) },
            startedAt: this.#clock.now(),
        };
        this.#commands.push(command);
        if (this.#commands.length > MAX_COMMANDS) this.#commands.shift();
        return command;
    }

    /** Adds what a script of a run has found out to the record of the run. */
    #recordRun(session: SessionRecord, { commandId, number, starts }: RunScript, answer: string): void {
        const name = `${session.id} ${commandId}`;
        const key = `${name} ${number}`;
        let command = this.#commands.find((known) => this.#runs.get(known)?.key === key);
        const text = this.#nextTexts.get(name);
        if (command === undefined && starts && text !== undefined) {
            this.#nextTexts.delete(name);
            command = this.#add(session, text);
            const empty = { size: 0, bytes: Buffer.alloc(0) };
            this.#runs.set(command, { key, stdout: empty, stderr: empty });
        }
        const run = command && this.#runs.get(command);
        if (command === undefined || run === undefined || command.milliseconds !== undefined) return;
        const { isOver, exitCode, stdout, stderr } = runStatusOf(answer);
        run.stdout = withPiece(run.stdout, stdout);
        run.stderr = withPiece(run.stderr, stderr);
        Object.assign(command, {
            ...(isOver && { milliseconds: this.#clock.now() - command.startedAt }),
            ...(exitCode !== undefined && { exitCode }),
            stdout: excerptOf(run.stdout),
            stderr: excerptOf(run.stderr),
        });
    }
}

function outcomeOf({ content }: ToolResult): { exitCode?: number; stdout: string; stderr: string } {
    const text = content.map((part) => part.text).join("");
    const { data } = resultSchema.safeParse(parseJson(text));
    // A command that could not run has a reason instead of a result.
    if (data === undefined) return { stdout: "", stderr: text };
    return { exitCode: data.exit_code, stdout: data.stdout, stderr: data.stderr };
}

const endOf = (text: string): Excerpt => ({
    text: text.slice(-MAX_LENGTH),
    omitted: Math.max(0, text.length - MAX_LENGTH),
});

/** Pieces may overlap, or leave a gap. */
function withPiece(tail: Tail, piece: Piece | undefined): Tail {
    if (piece === undefined || piece.from + piece.bytes.length <= tail.size) return tail;
    const known = piece.from <= tail.size ? tail.bytes : Buffer.alloc(0);
    const added = piece.bytes.subarray(Math.max(0, tail.size - piece.from));
    return {
        size: piece.from + piece.bytes.length,
        bytes: Buffer.concat([known, piece.from <= tail.size ? added : piece.bytes]).subarray(-MAX_LENGTH),
    };
}

const excerptOf = ({ size, bytes }: Tail): Excerpt => ({ text: bytes.toString(), omitted: size - bytes.length });
