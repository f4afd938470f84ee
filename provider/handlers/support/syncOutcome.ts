/** What the outcome of syncs means for a deployment that waits for them. */
import { OnSyncFailure, SyncStatus, type SyncTask } from "../../agb/index";

/** Whether data is missing that the deployment waits for, so the next one must repair it. */
export function isOutstanding(waits: boolean, onSyncFailure: OnSyncFailure, status: SyncStatus): boolean {
    return waits && onSyncFailure === OnSyncFailure.Fail && status !== SyncStatus.Success && status !== SyncStatus.None;
}

/** Why a task failed, in AGB's words. */
export const failureReason = ({ errorMessage }: SyncTask): string => errorMessage || "AGB gave no reason";

/** What happened to a task that has not succeeded, as the end of a sentence about it. */
export function unfinishedReason(task: SyncTask): string {
    if (task.status === SyncStatus.Failed) return `failed (${failureReason(task)})`;
    return `did not finish in time${task.errorMessage ? ` (${task.errorMessage})` : ""}`;
}
