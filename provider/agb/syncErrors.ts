/** How a wait for syncs can end without their outcome. */
import { errorMessage } from "../../common/errorMessage";
import { isFinished } from "./syncTasks";
import type { SyncTask } from "./wire";

/** A sync did not finish before the deadline. */
export class SyncTimeoutError extends Error {
    override readonly name = "SyncTimeoutError";
    constructor(
        message: string,
        /** The tasks of the wait, as last listed. The `errorMessage` of an unfinished one says why its outcome is unknown. */
        readonly tasks: SyncTask[],
    ) {
        super(message);
    }
}

/** A wait failed in a way that no later poll can repair, for example because the session has ended. */
export class SyncInterruptedError extends Error {
    override readonly name = "SyncInterruptedError";
    constructor(
        error: unknown,
        /** The tasks of the wait that had finished. */
        readonly finished: SyncTask[],
    ) {
        super(errorMessage(error), { cause: error });
    }
}

/** The error for a wait that reached its deadline. `lastFailure` is why the last poll failed, if it did. */
export function timeoutError(message: string, tasks: SyncTask[], lastFailure: Error | undefined): SyncTimeoutError {
    if (!lastFailure) return new SyncTimeoutError(message, tasks);
    const reason = `the last status check failed: ${lastFailure.message.replace(/\.$/, "")}`;
    return new SyncTimeoutError(
        `${message}; ${reason}`,
        tasks.map((task) => (isFinished(task) ? task : { ...task, errorMessage: reason })),
    );
}
