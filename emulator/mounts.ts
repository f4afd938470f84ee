/** The rules for mounting contexts in sessions. */
import { SyncMode } from "../provider/agb/policy";
import { syncPolicySchema, type SyncPolicy } from "../provider/agb/wire";
import type { Account, Mount, SessionRecord, TaskRecord } from "./account";
import { invalidParameter, uploadModeMismatch } from "./apiError";
import type { Contexts } from "./contexts";
import type { ContextFiles } from "./disk/contextFiles";
import { normalSessionPath } from "./paths";
import { isUnder, relative } from "./sync/plan";
import { checkUploadMode, modesConflict } from "./uploadModes";

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
    const mounts = new Map<string, Mount>();
    for (const { contextIdOrName, path, policy } of requests) {
        const context = contexts.getByIdOrName(contextIdOrName);
        const normalPath = normalSessionPath(path);
        if (mounts.has(normalPath)) throw invalidParameter(`only one context can be mounted at ${path}`);
        const mode = { path: normalPath, uploadMode: policy.uploadPolicy.uploadMode };
        await checkUploadMode(context, mode, () => files.tree(context.id));
        for (const other of mounts.values()) {
            const otherMode = { path: other.path, uploadMode: other.policy.uploadPolicy.uploadMode };
            if (other.contextId === context.id && modesConflict(otherMode, mode)) {
                throw uploadModeMismatch(context.name, otherMode, mode);
            }
        }
        mounts.set(normalPath, { contextId: context.id, path, policy });
    }
    return [...mounts.values()];
}

/** The mount that serves a context and path of a session: a mount of the session, or file transfer. */
export function findMount(
    account: Account,
    session: SessionRecord,
    contextId: string,
    path: string,
): Mount | undefined {
    if (account.contexts.get(contextId)?.ownerSessionId === session.id) return transferMount(contextId, path);
    return mountOf(session, contextId, path);
}

/** The mount of a session that holds a path of a context. */
function mountOf(session: SessionRecord, contextId: string, path: string): Mount | undefined {
    const target = relative(path);
    return session.mounts.find((mount) => mount.contextId === contextId && isUnder(target, relative(mount.path)));
}

/** File transfer can use any writable folder, and deletes nothing on either side. */
function transferMount(contextId: string, path: string): Mount {
    return {
        contextId,
        path: normalSessionPath(path),
        policy: syncPolicySchema.parse({ deletePolicy: { syncLocalFile: false } }),
    };
}

/** The tasks of a type that failed and that no later success at the same folder or above has made up for. */
export function unrepairedTasks(session: SessionRecord, type: SyncMode): TaskRecord[] {
    const tasks = session.tasks
        .filter((task) => task.taskType === type)
        .map((task, index) => ({ task, index, path: relative(task.path) }));
    const successes = tasks.filter(({ task }) => task.status === "Success");
    return tasks
        .filter(
            (failed) =>
                failed.task.status !== "Success" &&
                !successes.some(
                    (later) =>
                        later.index > failed.index &&
                        later.task.contextId === failed.task.contextId &&
                        isUnder(failed.path, later.path),
                ),
        )
        .map(({ task }) => task);
}

/** The mounts that do not contain the data of their context, because their last download failed, with that download. */
export function mountsWithoutData(session: SessionRecord): Map<Mount, TaskRecord> {
    const failed = new Map<Mount, TaskRecord>();
    for (const task of unrepairedTasks(session, SyncMode.Download)) {
        const mount = mountOf(session, task.contextId, task.path);
        if (mount !== undefined) failed.set(mount, task);
    }
    return failed;
}
