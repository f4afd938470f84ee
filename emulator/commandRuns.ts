/**
 * Recognizes the runs of the provider's resource `Command`: a script starts a command in the background, and others watch it
 * until it has ended. What matters is the command that they run, so it is logged instead of the scripts.
 */
import { z } from "zod";

/** A script of the provider: it is about a run of a command, whose runs in a session are numbered. */
export interface RunScript {
    commandId: string;
    number: number;
    starts: boolean;
}

/** A piece of an output, and how long the output is so far. */
export interface Piece {
    size: number;
    from: number;
    bytes: Buffer;
}

/** What a script has found out. */
export interface RunStatus {
    isOver: boolean;
    exitCode?: number;
    stdout?: Piece;
    stderr?: Piece;
}

const START = /^d=\/tmp\/\.pulumi-agb\/([\w-]+)\nr=\$d\/(\d+)\n/;
const OTHER = /^(?:[dr]=|processes\(\) \{[^]*?PULUMI_AGB_RUN=)\/tmp\/\.pulumi-agb\/([\w-]+)(?:\/(\d+))?/;
/** The file with the first part of what a run will execute, and how it begins. */
const TEXT_FILE = /^\/tmp\/\.pulumi-agb\/([\w-]+)\/script\.000$/;
const PREAMBLE = "unset c; ";

const fileSchema = z.looseObject({ path: z.string(), content: z.string() });

export function runScriptOf(command: string): RunScript | undefined {
    const start = START.exec(command);
    const [, commandId, number] = start ?? OTHER.exec(command) ?? [];
    if (commandId === undefined) return undefined;
    return { commandId, number: Number(number ?? 0), starts: start !== null };
}

/** The command that the next run will execute, if these are the arguments of the call that writes it. */
export function runTextOf(args: unknown): { commandId: string; text: string } | undefined {
    const { data } = fileSchema.safeParse(args);
    const [, commandId] = TEXT_FILE.exec(data?.path ?? "") ?? [];
    if (data === undefined || commandId === undefined) return undefined;
    const text = Buffer.from(data.content, "base64").toString();
    return { commandId, text: text.startsWith(PREAMBLE) ? text.slice(PREAMBLE.length) : text };
}

/** Reads the lines that a script has printed, as `@key value`. */
export function runStatusOf(stdout: string): RunStatus {
    const answer = new Map(
        [...stdout.matchAll(/^@(\w+) (.*)$/gm)].map(([, key = "", value = ""]) => [key, value] as const),
    );
    const exit = answer.get("exit");
    return {
        // There is none if the command has been removed with its files.
        isOver: ["ended", "lost", "none"].includes(answer.get("state") ?? ""),
        ...(exit !== undefined && { exitCode: Number(exit) }),
        ...pieceOf("stdout", answer.get("stdout")),
        ...pieceOf("stderr", answer.get("stderr")),
    };
}

function pieceOf(name: "stdout" | "stderr", text: string | undefined): Partial<Record<typeof name, Piece>> {
    if (text === undefined) return {};
    const [size = "", from = "", encoded = ""] = text.split(" ");
    return { [name]: { size: Number(size), from: Number(from), bytes: Buffer.from(encoded, "base64") } };
}
