/** The mounts of a manual sync, and whether an upload of them is safe. */
import { commandLine } from "../../common/commandLine";
import { isFinished, type MountDownload, type Snapshot } from "../agb";
import { concernsMount } from "../agb/mountData";
import { isUnlisted } from "../agb/syncTasks";
import type { Account } from "./account";
import type { CommonInputs } from "./origin";
import { withContextIds } from "./support/contextIds";
import { unfinishedReason } from "./support/syncOutcome";
import { withSyncProgress } from "./support/syncProgress";

/** The inputs of a sync that select its mounts. */
interface SyncTarget extends CommonInputs {
    sessionId: string;
    contextId?: string | undefined;
    path?: string | undefined;
}

/** The mounts to sync. `undefined` means every mount of a session that this deployment does not know. */
export async function mountsOf(
    { sessionId, contextId, path }: SyncTarget,
    { agb, sessions }: Account,
): Promise<MountDownload[] | undefined> {
    const known = sessions.get(sessionId)?.mounts;
    const mounts = known && (await withContextIds(known, agb));
    if (contextId === undefined || path === undefined) return mounts;
    const target = await withContextIds([{ contextId, path }], agb);
    return target.map((mount) => ({ ...mounts?.find((other) => concernsMount(mount, other)), ...mount }));
}

/**
 * Throws if an upload could empty a context, because the data of a mount is missing. Waits for running downloads, and returns
 * what the session listed then.
 */
export async function assertSafeToUpload(
    mounts: MountDownload[] | undefined,
    inputs: SyncTarget,
    account: Account,
    until: number,
): Promise<Snapshot | undefined> {
    let seen: Snapshot | undefined;
    const missing = await withSyncProgress(inputs, account, "downloaded before the upload", async (onProgress) => {
        const data = await account.syncs(inputs.sessionId).waitForData(mounts, { deadline: until, onProgress });
        seen = data.seen;
        return data.missing;
    });
    const [task] = [...missing.filter(isFinished), ...missing];
    if (!task) return seen;
    const download = `the download of context ${task.contextId} to ${task.path} ${unfinishedReason(task)}`;
    if (!isFinished(task) && !isUnlisted(task)) {
        throw new Error(
            `${download}, and an upload before it finishes could empty the context. Run \`${commandLine("up")}\` again to continue waiting, or allow more time with customTimeouts.`,
        );
    }
    throw new Error(
        `${download}, so an upload could empty the context. ` +
            'Repeat the download first, with a Sync in mode: "download" on which this one depends.',
    );
}
