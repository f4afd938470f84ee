/** Deletes a session without losing its data. */
import { errorMessage } from "../../../common/errorMessage";
import { AgbApiError, sessionEndState, SyncMode, SyncStatus, type SyncTask } from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import { belongsTo } from "../../agb/syncTasks";
import type { Account } from "../account";
import { withErrorContext, wrapError, forceDestroyHint } from "../support/errors";
import { displayName } from "../origin";
import type { Mount } from "./mounts";
import { awaitDownloads } from "./downloads";
import { autoDownloads, autoUploads, type SessionState } from "./state";
import { deadline } from "../support/timeouts";
import { failureReason } from "../support/syncOutcome";
import { withSyncProgress } from "../support/syncProgress";

/** Uploads the mounts, releases the session, and waits until it is gone. A session that is already gone is fine. */
export async function deleteSession(id: string, state: SessionState, account: Account): Promise<void> {
    const until = deadline(state, "delete");
    const { agb } = account;
    if (!(await sessionEndState(agb, id))) {
        const mounts = state.syncOnDelete ? state.contextSyncs.filter(autoUploads) : [];
        try {
            await uploadMounts(id, mounts, state, account, until);
        } catch (error) {
            if (!(await sessionEndState(agb, id))) {
                if (!account.isForceDestroyed("Session", state)) throw error;
                account.reporter.warn(`${errorMessage(error)} Releasing it anyway because forceDestroy is set.`);
            }
        }
        await release(id, state, account);
    }
    await waitUntilGone(id, state, account, until);
}

/** Uploads the mounts, except those whose context the upload could empty. Throws unless the data of all mounts is saved. */
async function uploadMounts(
    id: string,
    mounts: Mount[],
    state: SessionState,
    account: Account,
    until: number,
): Promise<void> {
    if (mounts.length === 0) return;
    const unsafe = await mountsMissingData(id, mounts, state, account, until);
    const safe = mounts.filter((mount) => !unsafe.some((task) => belongsTo(task, mount)));
    const uploaded = withSyncProgress(state, account, "uploaded", (onProgress) =>
        account.syncs(id, state.idleReleaseTimeout).run(safe, SyncMode.Upload, { deadline: until, onProgress }),
    );
    const tasks = await withErrorContext(
        `${displayName("Session", state)} (${id}) was not released, because its mounts could not be uploaded`,
        () => uploaded,
    );
    const failed = tasks.filter((task) => task.status !== SyncStatus.Success);
    const reasons = [
        ...unsafe.map(
            (task) =>
                `the download of context ${task.contextId} to ${task.path} ${outcome(task)}, so an upload could empty the context`,
        ),
        ...failed.map((task) => `the upload of ${task.path} to context ${task.contextId} ${outcome(task)}`),
    ];
    if (reasons.length > 0) throw notReleasedError(id, state, reasons);
}

/** The mounts whose download did not succeed. Waits for running downloads. */
async function mountsMissingData(
    id: string,
    mounts: Mount[],
    state: SessionState,
    account: Account,
    until: number,
): Promise<SyncTask[]> {
    const tasks = await awaitDownloads(id, { ...state, contextSyncs: mounts.filter(autoDownloads) }, account, until);
    return tasks.filter((task) => task.status !== SyncStatus.Success);
}

async function release(id: string, state: SessionState, { agb }: Account): Promise<void> {
    try {
        await agb.releaseSession(id);
    } catch (error) {
        // Without an answer, the release may still have started. The following wait finds out.
        if (error instanceof AgbApiError && !(await sessionEndState(agb, id))) {
            throw wrapError(notReleased(id, state), error);
        }
    }
}

/** A session that AGB is releasing may still be uploading. The next session must find its data. */
async function waitUntilGone(
    id: string,
    state: SessionState,
    { agb, reporter }: Account,
    until: number,
): Promise<void> {
    const onProgress = (waited: number) =>
        reporter.status(`${state.__origin?.name ?? id}: waiting for its release, ${Math.round(waited / 1000)} s`);
    const gone = await pollUntil(async () => (await sessionEndState(agb, id)) === "gone" || undefined, {
        deadline: until,
        onProgress,
    });
    if (!gone) {
        throw new Error(
            `${notReleased(id, state)} in time: AGB still lists it. Run the command again, or allow more time with customTimeouts.`,
        );
    }
}

const notReleased = (id: string, state: SessionState) =>
    `${displayName("Session", state)} (${id}) could not be released`;

function notReleasedError(id: string, state: SessionState, reasons: string[]): Error {
    return new Error(
        `${displayName("Session", state)} (${id}) was not released, so nothing is lost: ${reasons.join("; ")}. Run the command again to repeat it. ` +
            forceDestroyHint("release it without uploading", "Session", state),
    );
}

function outcome(task: SyncTask): string {
    return task.status === SyncStatus.Failed ? `failed (${failureReason(task)})` : "did not finish in time";
}
