/** The commands that ran in sessions, with the ends of their outputs. Only in memory, because they may contain secrets. */
import { z } from "zod";
import type { SessionRecord } from "./account";
import type { Clock } from "./clock";
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
    /** Absent while it runs, like the other results. */
    milliseconds?: number;
    /** Absent if it could not run. */
    exitCode?: number;
    stdout?: Excerpt;
    stderr?: Excerpt;
}

const COMMAND_TOOL = "shell";
const MAX_COMMANDS = 100;
const MAX_LENGTH = 8 * 1024;

const argsSchema = z.looseObject({ command: z.string() });
const resultSchema = z.object({ stdout: z.string(), stderr: z.string(), exit_code: z.number() });

export class CommandLog {
    readonly #clock: Clock;
    readonly #commands: CommandRecord[] = [];
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
        const { data } = argsSchema.safeParse(args);
        if (tool !== COMMAND_TOOL || data === undefined) return call();
        const command: CommandRecord = {
            number: ++this.#lastNumber,
            sessionId: session.id,
            session: sessionName(session.labels),
            command: beginOf(data.command),
            startedAt: this.#clock.now(),
        };
        this.#commands.push(command);
        if (this.#commands.length > MAX_COMMANDS) this.#commands.shift();
        const startedAt = performance.now();
        const result = await call();
        Object.assign(command, { milliseconds: Math.round(performance.now() - startedAt), ...outcomeOf(result) });
        return result;
    }

    /** Newest first. */
    list(): CommandRecord[] {
        return this.#commands.toReversed();
    }
}

function outcomeOf({ content }: ToolResult): Pick<CommandRecord, "exitCode" | "stdout" | "stderr"> {
    const text = content.map((part) => part.text).join("");
    const { data } = resultSchema.safeParse(parseJson(text));
    // A command that could not run has a reason instead of a result.
    if (data === undefined) return { stdout: endOf(""), stderr: endOf(text) };
    return { exitCode: data.exit_code, stdout: endOf(data.stdout), stderr: endOf(data.stderr) };
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

const beginOf = (text: string): Excerpt => ({ text: text.slice(0, MAX_LENGTH), omitted: omittedFrom(text) });
const endOf = (text: string): Excerpt => ({ text: text.slice(-MAX_LENGTH), omitted: omittedFrom(text) });
const omittedFrom = (text: string): number => Math.max(0, text.length - MAX_LENGTH);
