/** The inputs and the state of a command, and what identifies a run of it. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { CommandLogging, OnFailure } from "../../definitions/command";
import { toComparable } from "../files/assets";
import { commonInputs } from "../support/inputs";
import { commandText } from "./script";

const commandSchema = z.string().regex(/\S/, "must not be empty").refine(hasNoNul, "must not contain NUL characters");

export const commandInputsSchema = z.object({
    sessionId: z.string().min(1),
    create: commandSchema,
    update: commandSchema.optional(),
    delete: commandSchema.optional(),
    cwd: z.string().min(1).optional(),
    envs: z.record(z.string(), z.string().refine(hasNoNul, "must not contain NUL characters")).default({}),
    triggers: z.array(z.unknown()).default([]),
    logging: z.enum(CommandLogging).default(CommandLogging.StdoutAndStderr),
    onFailure: z.enum(OnFailure).default(OnFailure.Fail),
    ...commonInputs,
});

export type CommandInputs = z.output<typeof commandInputsSchema>;

/** The inputs that are commands. */
export type CommandOperation = "create" | "update" | "delete";

/** The run that a state describes. */
interface KnownRun {
    /** Runs of a command in a session are numbered. */
    number: number;
    operation: CommandOperation;
}

export interface CommandState extends CommandInputs {
    stdout?: string | undefined;
    stderr?: string | undefined;
    /** Absent if the run has not ended, or has ended without one. */
    exitCode?: number | undefined;
    startedAt?: string | undefined;
    finishedAt?: string | undefined;
    __run?: KnownRun | undefined;
}

/** Whether the last run did not end as the program demands, so the next deployment must repeat it. */
export const isIncomplete = ({ exitCode, onFailure }: Pick<CommandState, "exitCode" | "onFailure">): boolean =>
    exitCode === undefined || (exitCode !== 0 && onFailure === OnFailure.Fail);

/** Whether the command `create` was successful once. */
export const isCreated = (state: CommandState): boolean => state.__run?.operation === "update" || !isIncomplete(state);

/** The id of a command, which is the same in every deployment. It is the name of the folder of its runs in the session. */
export function commandId({ sessionId, __origin }: CommandInputs): string {
    const { urn, project, stack, parents, name } = __origin ?? {};
    return `command-${hash([sessionId, urn ?? [project, stack, parents, name]]).slice(0, 16)}`;
}

/** What a run executes, with a digest that distinguishes it from other declarations of the same command. */
export function runText(operation: CommandOperation, inputs: CommandInputs): { text: string; digest: string } {
    const text = commandText(inputs[operation] ?? "", inputs.cwd, inputs.envs);
    return { text, digest: hash([operation, text, toComparable(inputs.triggers)]) };
}

const hash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

function hasNoNul(text: string): boolean {
    return !text.includes("\0");
}
