/** Waits for the first download of each mount of a session, and repairs failed ones. */
import { commandLine } from "../../../common/commandLine";
import { SyncMode, SyncStatus, type SyncTask } from "../../agb/index";
import type { Account } from "../account";
import { displayName } from "../origin";
import { autoDownloads, mountDownloads, type SessionInputs, type SessionState } from "./state";
import { withContextIds } from "../support/contextIds";
import { failureReason } from "../support/syncOutcome";
import { withSyncProgress } from "../support/syncProgress";

/** Waits until the automatic download of every mount ends, and returns the tasks. `known` is what an earlier run saw of them. */
export async function awaitDownloads(
    id: string,
    inputs: SessionInputs,
    account: Account,
    deadline: number,
    known: SyncTask[] = [],
): Promise<SyncTask[]> {
    const contextSyncs = inputs.contextSyncs.filter(autoDownloads);
    const mounts = await withContextIds(mountDownloads({ contextSyncs, contextStatuses: known }), account.agb);
    return withSyncProgress(inputs, account, "synced", (onProgress) =>
        account
            .syncs(id, inputs.idleReleaseTimeout)
            .waitForLatest(mounts, SyncMode.Download, { deadline, onProgress }, known),
    );
}

/** Waits for running downloads, then repeats the failed ones. */
export async function repairDownloads(
    id: string,
    inputs: SessionInputs,
    account: Account,
    deadline: number,
    known: SyncTask[],
): Promise<SyncTask[]> {
    const tasks = await awaitDownloads(id, inputs, account, deadline, known);
    const failed = tasks.filter((task) => task.status === SyncStatus.Failed);
    const again = await withSyncProgress(inputs, account, "synced again", (onProgress) =>
        account.syncs(id, inputs.idleReleaseTimeout).run(failed, SyncMode.Download, { deadline, onProgress }),
    );
    return [...tasks.filter((task) => !failed.includes(task)), ...again];
}

/** Why a session is not ready, in one line. */
export function syncFailure(id: string, state: SessionState): string {
    const failed = state.contextStatuses
        .filter((mount) => mount.status === SyncStatus.Failed)
        .map((mount) => `context ${mount.contextId} at ${mount.path} failed to download: ${failureReason(mount)}`);
    const late = state.contextStatuses
        .filter(
            (mount) =>
                mount.status !== SyncStatus.Failed &&
                mount.status !== SyncStatus.Success &&
                mount.status !== SyncStatus.None,
        )
        .map(
            (mount) =>
                `context ${mount.contextId} at ${mount.path} was still downloading${mount.errorMessage && ` (${mount.errorMessage})`}`,
        );
    return (
        `${displayName("Session", state)} (${id}) runs, but is not ready: ${[...failed, ...late].join("; ")}. ` +
        (failed.length > 0
            ? `Run \`${commandLine("up")}\` again to repeat the download`
            : `Run \`${commandLine("up")}\` again to continue waiting, or allow more time with customTimeouts`) +
        ', or set onSyncFailure: "report" to let the deployment succeed anyway.'
    );
}
