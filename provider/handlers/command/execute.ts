/** Runs a command once in a session, without a resource, and follows it until it ends. */
import { randomUUID } from "node:crypto";
import { errorMessage } from "../../../common/errorMessage";
import type { AgbClient } from "../../agb/index";
import { followRun, type FollowedRun, type FollowOptions } from "./follow";
import { SandboxRuns, SessionEndedError } from "./sandbox";
import { commandText } from "./script";

export interface Execution extends Pick<FollowOptions, "stdout" | "stderr" | "until" | "signal"> {
    sessionId: string;
    command: string;
    /** The folder in the session. */
    cwd?: string | undefined;
}

/** The command was not started, or its end was not observed. */
export class ExecutionError extends Error {
    override readonly name = "ExecutionError";
    constructor(
        readonly reason: "notStarted" | "notObserved" | "sessionEnded",
        cause: unknown,
    ) {
        super(errorMessage(cause), { cause });
    }
}

export async function execute(agb: AgbClient, execution: Execution): Promise<FollowedRun> {
    const { sessionId, command, cwd, ...options } = execution;
    const runs = new SandboxRuns(agb, sessionId);
    const id = `exec-${randomUUID()}`;
    const address = { id, number: 1 };
    await attempt("notStarted", async () => {
        // Creates the folder of the command.
        await runs.latest(id);
        await runs.start(address, commandText(command, cwd, {}), id);
    });
    const result = await attempt("notObserved", () => followRun(runs, address, options));
    // What remains of it is small, and is removed with the session.
    await runs.forget(id).catch(() => undefined);
    return result;
}

async function attempt<T>(reason: "notStarted" | "notObserved", action: () => Promise<T>): Promise<T> {
    try {
        return await action();
    } catch (error) {
        const hasEnded = [error, error instanceof Error && error.cause].some((one) => one instanceof SessionEndedError);
        throw new ExecutionError(hasEnded ? "sessionEnded" : reason, error);
    }
}
