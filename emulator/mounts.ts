/** The rules for mounting contexts in sessions. */
import { SyncMode } from "../provider/agb/policy";
import { syncPolicySchema, type SyncPolicy } from "../provider/agb/wire";
import type { Account, Mount, SessionRecord } from "./account";
import { invalidParameter, uploadModeMismatch } from "./apiError";
import type { Contexts } from "./contexts";
import type { ContextFiles } from "./disk/contextFiles";
import { normalSessionPath } from "./paths";
import { isUnder, relative } from "./sync/plan";

export interface MountRequest {
    contextIdOrName: string;
    path: string;
    policy: SyncPolicy;
}

/** Checks the mounts of a new session: each needs an existing context and its own path where sessions can write. */
export async function resolveMounts(
    requests: readonly MountRequest[],
    contexts: Contexts,
    files: ContextFiles,
): Promise<Mount[]> {
    const mounts: Mount[] = [];
    for (const { contextIdOrName, path, policy } of requests) {
        const context = contexts.getByIdOrName(contextIdOrName);
        const normalPath = normalSessionPath(path);
        if (mounts.some((mount) => normalSessionPath(mount.path) === normalPath)) {
            throw invalidParameter(`only one context can be mounted at ${path}`);
        }
        const { uploadMode } = policy.uploadPolicy;
        if (
            context.uploadMode !== undefined &&
            context.uploadMode !== uploadMode &&
            !(await (await files.tree(context.id)).isEmpty())
        ) {
            throw uploadModeMismatch(context.name, context.uploadMode, uploadMode);
        }
        mounts.push({ contextId: context.id, path, policy });
    }
    return mounts;
}

/** The mount that serves a context and path of a session: a mount of the session, or file transfer. */
export function findMount(
    account: Account,
    session: SessionRecord,
    contextId: string,
    path: string,
): Mount | undefined {
    if (account.contexts.get(contextId)?.ownerSessionId === session.id) return transferMount(contextId, path);
    return session.mounts.find(
        (mount) => mount.contextId === contextId && isUnder(relative(path), relative(mount.path)),
    );
}

/** File transfer can use any writable folder, and deletes nothing on either side. */
function transferMount(contextId: string, path: string): Mount {
    return {
        contextId,
        path: normalSessionPath(path),
        policy: syncPolicySchema.parse({ deletePolicy: { syncLocalFile: false } }),
    };
}

/**
 * Whether a mount contains the data of its context. Uploading a mount whose download has not succeeded would delete that
 * data.
 */
export function hasDownloaded(session: SessionRecord, mount: Mount): boolean {
    return !session.tasks.some(
        (task) =>
            task.contextId === mount.contextId &&
            relative(task.path) === relative(mount.path) &&
            task.taskType === SyncMode.Download &&
            task.status !== "Success",
    );
}
