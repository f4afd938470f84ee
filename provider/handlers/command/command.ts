/** The handlers of a command that runs in a session. */
import { isDeepStrictEqual } from "node:util";
import { commandLine } from "../../../common/commandLine";
import { errorMessage } from "../../../common/errorMessage";
import { sessionEndState } from "../../agb/index";
import { withoutTimeLimit } from "../../agb/timeLimit";
import { commandDefinition } from "../../definitions/command";
import type { Account } from "../account";
import { PartialFailure, type CheckResult, type Diff, type Failure, type Handlers } from "../contract";
import { declarations } from "../declared/declarations";
import { toComparable } from "../files/assets";
import { displayName } from "../origin";
import { diffInputs } from "../support/diff";
import { wrapError } from "../support/errors";
import { checkInputs } from "../support/inputs";
import { pathFailure } from "../support/lookAlikes";
import { isNormalizedAbsolute } from "../support/paths";
import { deadline } from "../support/timeouts";
import { asRecord } from "../support/values";
import { failureReason, subjectOf } from "./messages";
import { runCommand, RunInterruptedError } from "./run";
import { SandboxRuns, SessionEndedError } from "./sandbox";
import {
    commandId,
    commandInputsSchema,
    isCreated,
    isIncomplete,
    type CommandInputs,
    type CommandOperation,
    type CommandState,
} from "./state";

/** The inputs whose change makes the command run again: `update` if there is one, otherwise `create` in a replacement. */
const RUN_INPUTS = ["create", "cwd", "envs"] as const;

interface Task {
    id: string;
    operation: CommandOperation;
    after: number;
}

export const commandHandlers: Handlers<CommandInputs, CommandState> = {
    definition: commandDefinition,

    check({ news }): CheckResult {
        const { inputs, failures, valid } = checkInputs(commandInputsSchema, news, commandFailures);
        if (valid) declarations.addAction("Command", valid);
        return { inputs, failures };
    },

    diff({ state, inputs }): Diff {
        const triggers = (before: unknown, after: unknown) =>
            isDeepStrictEqual(toComparable(before), toComparable(after));
        const diff = diffInputs(commandDefinition, state, inputs, { triggers });
        const runsAgain = inputs.update === undefined ? changedRunInputs(state, inputs) : [];
        return {
            ...diff,
            changes: diff.changes || isIncomplete({ ...state, ...inputs }),
            replaces: [...diff.replaces, ...runsAgain],
        };
    },

    // Its wait ends at the limit, and the run is ended then, which takes some more calls.
    create: ({ inputs, account }) =>
        withoutTimeLimit(async () => {
            const id = commandId(inputs);
            return { id, state: await perform({ id, operation: "create", after: 0 }, inputs, account) };
        }),

    async read({ state, account }) {
        const known = state as CommandState;
        if (await sessionEndState(account.agb, known.sessionId)) return undefined;
        const {
            stdout: _out,
            stderr: _err,
            exitCode: _code,
            startedAt: _start,
            finishedAt: _end,
            __run,
            ...inputs
        } = known;
        return { state: known, inputs };
    },

    update: ({ id, state, inputs, account }) =>
        withoutTimeLimit(async () => {
            const task = nextTask(id, state, inputs);
            return { state: task ? await perform(task, inputs, account) : { ...state, ...inputs } };
        }),

    delete: ({ id, state, account }) =>
        withoutTimeLimit(async () => {
            try {
                if (state.delete !== undefined) await runDelete(id, state, account);
                await new SandboxRuns(account.agb, state.sessionId).discard(id);
            } catch (error) {
                // What ran in the session is gone with it.
                if (!isSessionEnded(error)) throw wrapError(`${displayName("Command", state)} was not deleted`, error);
            }
        }),
};

const changedRunInputs = (state: CommandInputs, inputs: CommandInputs): string[] =>
    RUN_INPUTS.filter((key) => !isDeepStrictEqual(state[key], inputs[key]));

/** What an update has to run, if anything. */
function nextTask(id: string, state: CommandState, inputs: CommandInputs): Task | undefined {
    const { number, operation } = state.__run ?? { number: 0, operation: "create" };
    if (!isCreated(state)) return { id, operation: "create", after: number - 1 };
    const isOtherUpdate = state.update !== undefined && state.update !== inputs.update;
    const isChanged = changedRunInputs(state, inputs).length > 0 || isOtherUpdate;
    if (inputs.update !== undefined && isChanged) return { id, operation: "update", after: number };
    return isIncomplete({ ...state, ...inputs }) ? { id, operation, after: number - 1 } : undefined;
}

/** Runs a command and returns the state of the resource. */
async function perform(task: Task, inputs: CommandInputs, account: Account): Promise<CommandState> {
    const { id, operation } = task;
    try {
        const result = await runCommand({ ...task, until: deadline(inputs, operation) }, inputs, account);
        const { isTimedOut: _isTimedOut, ...outputs } = result;
        const state = { ...inputs, ...outputs };
        if (isIncomplete(state)) throw new PartialFailure(id, state, failureReason(operation, inputs, result));
        return state;
    } catch (error) {
        if (error instanceof PartialFailure) throw error;
        const subject = subjectOf(operation, inputs);
        if (isSessionEnded(error)) {
            throw new Error(
                `${subject} did not finish, because the session has ended: ${errorMessage(error)} AGB releases idle sessions early, and every session after 30 minutes. Run \`${commandLine("up")}\` again to replace a session of this stack, or check sessionId.`,
            );
        }
        if (!(error instanceof RunInterruptedError)) throw wrapError(`${subject} could not be started`, error);
        throw new PartialFailure(
            id,
            { ...inputs, __run: { number: error.number, operation } },
            `${subject} was not observed to end: ${errorMessage(error)} It continues in the session if it was started. Run \`${commandLine("up")}\` again to wait for it.`,
        );
    }
}

async function runDelete(id: string, state: CommandState, account: Account): Promise<void> {
    const number = state.__run?.number ?? 0;
    const task = { id, operation: "delete" as const, after: isIncomplete(state) ? number - 1 : number };
    const result = await runCommand({ ...task, until: deadline(state, "delete") }, state, account);
    if (result.exitCode === 0) return;
    const reason = failureReason("delete", state, result);
    if (isIncomplete({ ...state, exitCode: result.exitCode })) throw new Error(reason);
    account.reporter.warn(reason);
}

const isSessionEnded = (error: unknown): boolean =>
    error instanceof SessionEndedError || (error instanceof Error && error.cause instanceof SessionEndedError);

function commandFailures({ cwd, envs }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = Object.keys(asRecord(envs))
        .filter((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        .map((name) => ({
            property: "envs",
            reason: `has the name ${JSON.stringify(name)}, but a name consists of letters, digits and _ and does not start with a digit`,
        }));
    if (typeof cwd === "string" && cwd !== "" && !isNormalizedAbsolute(cwd)) {
        failures.push(pathFailure("cwd", cwd, 'must be an absolute path in the session, such as "/home/work"'));
    }
    return failures;
}
