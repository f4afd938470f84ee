/** Syncs that are waited for, with the user told how far they are. */
import { SyncTimeoutError, type SyncTask, type SyncWaitOptions } from "../../agb/index";
import type { Account } from "../account";
import type { CommonInputs } from "../contract";
import { Progress } from "./progress";

/** Runs a wait and tells of it. What was not over at the deadline is given as it was then; any other failure is thrown. */
export async function withSyncProgress(
    inputs: CommonInputs,
    { reporter: voice }: Account,
    done: string,
    wait: (onProgress: SyncWaitOptions["onProgress"]) => Promise<SyncTask[]>,
): Promise<SyncTask[]> {
    const progress = new Progress(inputs, voice);
    const tasks = await wait((ready, of) => progress.update(`${ready} of ${of} mounts ${done}`)).catch(
        (error: unknown) => {
            if (error instanceof SyncTimeoutError) return error.tasks;
            throw error;
        },
    );
    progress.end();
    return tasks;
}
