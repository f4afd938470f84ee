/** Ending a session without losing what was written in it. */
import { AgbRefusal, sessionEnd, SyncMode, SyncStatus, type SyncTask } from "../agb";
import { pollUntil } from "../agb/waiting";
import type { Account } from "./account";
import { attempting, explained, howToForce } from "./explaining";
import { called } from "./handlers";
import type { Mount } from "./mounts";
import { awaitDownloads } from "./sessionDownloads";
import { downloads, uploads, type SessionState } from "./sessionState";
import { deadline } from "./timeouts";
import { watched } from "./watched";

/** Uploads what is to be kept, releases the session, and waits until it is gone. Gone already is fine. */
export async function deleteSession(id: string, state: SessionState, account: Account): Promise<void> {
    const until = deadline(state, "delete");
    const { agb } = account;
    if (!await sessionEnd(agb, id)) {
        const mounts = state.syncOnDelete ? state.contextSyncs.filter(uploads) : [];
        try {
            await save(id, mounts, state, account, until);
        } catch (error) {
            if (!await sessionEnd(agb, id)) {
                if (!account.isForced(state)) throw error;
                account.voice.warn(`${error instanceof Error ? error.message : String(error)} It is released all the same, as forceDestroy says.`);
            }
        }
        await release(id, state, account);
    }
    await untilGone(id, state, account, until);
}

/** Uploads these mounts, but for those whose context that could empty; throws when the data of one of them is not safe afterwards. */
async function save(id: string, mounts: Mount[], state: SessionState, account: Account, until: number): Promise<void> {
    if (mounts.length === 0) return;
    const unsafe = await withoutTheirData(id, mounts, state, account, until);
    const safe = mounts.filter(({ contextId, path }) => !unsafe.some((task) => task.contextId === contextId && task.path === path));
    const uploaded = watched(state, account, "uploaded", (onProgress) => account.syncs(id, state.idleReleaseTimeout).run(safe, SyncMode.Upload, { deadline: until, onProgress }));
    const tasks = await attempting(`${called("Session", state)} (${id}) was not released, since its mounts could not be uploaded`, () => uploaded);
    const failed = tasks.filter((task) => task.status !== SyncStatus.Success);
    const reasons = [
        ...unsafe.map((task) => `the download of context ${task.contextId} to ${task.path} ${outcome(task)}, so that an upload could empty the context`),
        ...failed.map((task) => `the upload of ${task.path} to context ${task.contextId} ${outcome(task)}`),
    ];
    if (reasons.length > 0) throw kept(id, state, reasons);
}

/** Those of the mounts whose download did not succeed. What is under way is waited for. */
async function withoutTheirData(id: string, mounts: Mount[], state: SessionState, account: Account, until: number): Promise<SyncTask[]> {
    const tasks = await awaitDownloads(id, { ...state, contextSyncs: mounts.filter(downloads) }, account, until);
    return tasks.filter((task) => task.status !== SyncStatus.Success);
}

async function release(id: string, state: SessionState, { agb }: Account): Promise<void> {
    try {
        await agb.releaseSession(id);
    } catch (error) {
        // Without an answer it may be under way, which shows soon.
        if (error instanceof AgbRefusal && !await sessionEnd(agb, id)) throw explained(notReleased(id, state), error);
    }
}

/** A session that AGB has begun to release may still be uploading, and whoever comes after it is to find its data. */
async function untilGone(id: string, state: SessionState, { agb, voice }: Account, until: number): Promise<void> {
    const onProgress = (waited: number) => voice.status(`${state.__origin?.name ?? id}: waiting for its release, ${Math.round(waited / 1000)} s`);
    const gone = await pollUntil(async () => await sessionEnd(agb, id) === "gone" || undefined, { deadline: until, onProgress });
    if (!gone) throw new Error(`${notReleased(id, state)} in time: AGB still has it. Run the command again, or allow more time with customTimeouts.`);
}

const notReleased = (id: string, state: SessionState) => `${called("Session", state)} (${id}) could not be released`;

function kept(id: string, state: SessionState, reasons: string[]): Error {
    return new Error(
        `${called("Session", state)} (${id}) was not released, so that nothing is lost: ${reasons.join("; ")}. Run the command again to repeat it. ` +
        howToForce("release it without uploading", state),
    );
}

function outcome(task: SyncTask): string {
    return task.status === SyncStatus.Failed ? `failed (${task.errorMessage || "AGB gives no reason"})` : "was not over in time";
}
