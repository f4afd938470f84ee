/** Uploads the mounts of a session before its release, except those whose upload could empty their context. */
import { errorMessage } from "../../../common/errorMessage";
import { SyncMode, SyncStatus, type MountDownload, type Snapshot, type SyncTask } from "../../agb/index";
import { concernsMount, missingDownloads } from "../../agb/mountData";
import { SyncInterruptedError } from "../../agb/syncErrors";
import { belongsTo, isFinished, isUnlisted } from "../../agb/syncTasks";
import type { Account } from "../account";
import { withContextIds } from "../support/contextIds";
import { unfinishedReason } from "../support/syncOutcome";
import { withSyncProgress } from "../support/syncProgress";
import { autoUploads, mountDownload, type SessionState } from "./state";

/** A mount that AGB uploads when the session is released. */
export interface UploadedMount extends MountDownload {
    /** Whether an upload also removes files from the context. */
    removesFiles: boolean;
}

/** Not every mount is saved, so a release could lose data. */
export class UnsavedError extends Error {
    override readonly name = "UnsavedError";
    constructor(
        /** Why, in lower case and without a full stop. */
        reasons: string,
        /** What works, if it is not enough to run the command again. */
        readonly advice: string,
        /** The mounts whose upload was not confirmed. */
        readonly notUploaded: UploadedMount[],
        /** The mounts that may lack data of their context. */
        readonly withoutData: UploadedMount[],
    ) {
        super(reasons);
    }
}

interface SaveOptions {
    deadline: number;
    /** Repeats failed downloads first. */
    isForced: boolean;
    /** Whether the state has every mount of the session. */
    hasEveryMount: boolean;
    /** What the session listed just before. */
    seen: Snapshot | undefined;
}

/**
 * Uploads the mounts that have their data. Throws {@link UnsavedError} unless each mount is uploaded, or with `syncOnDelete:
 * false` unless each mount has its data, because AGB uploads it at the release.
 */
export async function saveMounts(
    id: string,
    state: SessionState,
    account: Account,
    { deadline, isForced, hasEveryMount, seen }: SaveOptions,
): Promise<void> {
    const { agb } = account;
    const syncs = account.syncs(id, state.idleReleaseTimeout);
    const uploads = state.contextSyncs.filter(autoUploads);
    if (uploads.length === 0) return;
    let mounts = uploads.map((mount): UploadedMount => ({
        ...mountDownload(mount, state.contextStatuses),
        removesFiles: mount.policy.deletePolicy.syncLocalFile,
    }));
    // A forced release saves the other mounts even if a download never ends.
    const dataDeadline = isForced ? (Date.now() + deadline) / 2 : deadline;
    let latest = seen;
    const waitForData = () =>
        withSyncProgress(state, account, "downloaded before the upload", async (onProgress) => {
            const options = { deadline: dataDeadline, onProgress, seen: latest };
            latest = undefined;
            const data = await syncs.waitForData(mounts, options);
            latest = data.seen;
            return data.missing;
        });
    let missing = mounts.flatMap((mount) => missingDownloads(mount, []));
    let uploaded: SyncTask[] = [];
    const hasData = (mount: UploadedMount) => !missing.some((task) => concernsMount(task, mount));
    const isUploaded = (mount: UploadedMount) =>
        uploaded.some((task) => belongsTo(task, mount) && task.status === SyncStatus.Success);
    const fail = (reasons: string, advice: string) =>
        new UnsavedError(
            reasons,
            advice,
            mounts.filter((mount) => !isUploaded(mount)),
            mounts.filter((mount) => !hasData(mount)),
        );
    try {
        mounts = await withContextIds(mounts, agb);
        missing = await waitForData();
        if (isForced && missing.length > 0 && missing.every(isFinished)) {
            const incomplete = mounts.filter((mount) => !hasData(mount));
            await withSyncProgress(state, account, "synced again", (onProgress) =>
                syncs.run(incomplete, SyncMode.Download, { deadline: dataDeadline, onProgress, seen: latest }),
            );
            latest = undefined;
            missing = await waitForData();
        }
        if (state.syncOnDelete) {
            const ready = mounts.filter(hasData);
            const isEveryMount = hasEveryMount && ready.length === state.contextSyncs.length;
            uploaded = await withSyncProgress(state, account, "uploaded", (onProgress) =>
                syncs.run(ready, SyncMode.Upload, { deadline, onProgress, seen: latest, isEveryMount }),
            );
        }
    } catch (error) {
        if (error instanceof SyncInterruptedError) uploaded = error.finished;
        const action = state.syncOnDelete ? "its mounts could not be uploaded" : "its downloads could not be checked";
        throw fail(`${action}: ${errorMessage(error).replace(/\.$/, "")}`, "");
    }
    const reasons = [
        ...missing.map((task) => missingReason(task, state.syncOnDelete)),
        ...uploaded
            .filter((task) => task.status !== SyncStatus.Success)
            .map((task) => `the upload of ${task.path} to context ${task.contextId} ${unfinishedReason(task)}`),
    ];
    if (reasons.length > 0) throw fail(reasons.join("; "), downloadAdvice(id, missing));
}

function missingReason(task: SyncTask, syncOnDelete: boolean): string {
    const upload = syncOnDelete ? "an upload" : "the upload that AGB makes at a release";
    return `the download of context ${task.contextId} to ${task.path} ${unfinishedReason(task)}, so ${upload} could empty the context`;
}

/** Running the command again does not repeat a failed download, and does not list one that AGB has forgotten. */
function downloadAdvice(id: string, missing: SyncTask[]): string {
    return missing.some((task) => isFinished(task) || isUnlisted(task))
        ? `Repeat the download with a Sync in mode: "download" and sessionId: "${id}", then run the command again.`
        : "";
}
