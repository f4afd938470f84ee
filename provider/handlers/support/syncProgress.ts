/** Waits for syncs, with progress. */
import { SyncTimeoutError, type SyncTask, type SyncWaitOptions } from "../../agb/index";
import type { Account } from "../account";
import type { CommonInputs } from "../origin";
import { Progress } from "./progress";

/** Runs a wait and reports its progress. At the deadline it returns the tasks as they are; any other failure is thrown. */
export async function withSyncProgress(
    inputs: CommonInputs,
    { reporter }: Account,
    done: string,
    wait: (onProgress: SyncWaitOptions["onProgress"]) => Promise<SyncTask[]>,
): Promise<SyncTask[]> {
    const progress = new Progress(inputs, reporter);
    const tasks = await wait((ready, total, _waitedMs, failure) =>
        progress.update(
            `${ready} of ${total} mounts ${done}${failure ? ` (the last status check failed: ${failure.message.replace(/\.$/, "")})` : ""}`,
        ),
    ).catch((error: unknown) => {
        if (error instanceof SyncTimeoutError && error.tasks.length > 0) return error.tasks;
        throw error;
    });
    progress.end();
    return tasks;
}
