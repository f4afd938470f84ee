/** Sync tasks: which of those that AGB lists count, and how they compare. */
import { SyncMode, SyncStatus } from "./policy";
import type { MountAddress } from "./requests";
import type { SyncTask } from "./wire";

const SYNC_MODES: readonly string[] = Object.values(SyncMode);

/** Whether a task has succeeded or failed. */
export function isFinished({ status }: Pick<SyncTask, "status">): boolean {
    return status === SyncStatus.Success || status === SyncStatus.Failed;
}

/** Summarizes tasks: failed if any failed, successful if all succeeded, otherwise pending. */
export function overallStatus(tasks: Pick<SyncTask, "status">[]): SyncStatus {
    const statuses = tasks.map((task) => task.status).filter((status) => status !== SyncStatus.None);
    if (statuses.length === 0) return SyncStatus.None;
    if (statuses.includes(SyncStatus.Failed)) return SyncStatus.Failed;
    return statuses.every((status) => status === SyncStatus.Success) ? SyncStatus.Success : SyncStatus.Pending;
}

/** A placeholder for a task that AGB does not list yet. */
export function pendingTask({ contextId, path }: MountAddress, taskType: SyncMode, errorMessage = ""): SyncTask {
    return { contextId, path, status: SyncStatus.Pending, taskType, startTime: 0, finishTime: 0, errorMessage };
}

const UNLISTED = "AGB does not list it";

/** The same for a wait that may end before AGB lists the task. */
export const unlistedTask = (mount: MountAddress, taskType: SyncMode): SyncTask =>
    pendingTask(mount, taskType, UNLISTED);

/** Whether a wait ended before AGB listed the task. */
export const isUnlisted = ({ errorMessage }: SyncTask): boolean => errorMessage === UNLISTED;

/** The latest upload and download of each mount, wherever the listing has them. AGB may list older and other tasks as well. */
export function latestTasks(tasks: SyncTask[]): SyncTask[] {
    const latest = new Map<string, SyncTask>();
    for (const task of tasks.filter(({ taskType }) => SYNC_MODES.includes(taskType))) {
        const key = JSON.stringify([task.contextId, task.path, task.taskType]);
        const other = latest.get(key);
        if (!other || isLater(task, other)) latest.set(key, task);
    }
    return [...latest.values()];
}

/** Whether `a` started after `b`. Of two that started at the same time, the one that is less certain to have succeeded. */
export function isLater(a: SyncTask, b: SyncTask): boolean {
    const order = startOrder(a) - startOrder(b) || certainty(b) - certainty(a);
    return order > 0;
}

/** A task that has not started yet starts after all others. */
function startOrder(task: SyncTask): number {
    const start = task.startTime || task.finishTime;
    if (start === 0) return isFinished(task) ? 0 : Number.MAX_VALUE;
    return isInSeconds(start) ? start * 1000 : start;
}

const certainty = (task: SyncTask): number =>
    task.status === SyncStatus.Success ? 2 : task.status === SyncStatus.Failed ? 1 : 0;

export function belongsTo(task: SyncTask, mount: MountAddress): boolean {
    return task.contextId === mount.contextId && task.path === mount.path;
}

/** The tasks of one direction, of the given mounts or of all. */
export function concerned(tasks: SyncTask[], mode: SyncMode, mounts: MountAddress[] | undefined): SyncTask[] {
    return tasks.filter(
        (task) => task.taskType === mode && (!mounts || mounts.some((mount) => belongsTo(task, mount))),
    );
}

export function findTask(tasks: SyncTask[], mount: MountAddress, taskType: string): SyncTask | undefined {
    return tasks.find((task) => belongsTo(task, mount) && task.taskType === taskType);
}

/** Whether a newer sync has replaced this task in the listing, so its outcome can no longer be learned. */
export function isSuperseded(task: SyncTask, listed: SyncTask[]): boolean {
    const latest = findTask(listed, task, task.taskType);
    return latest !== undefined && latest.startTime !== task.startTime;
}

/** Returns this task as it is listed now. If it is no longer listed, returns it unchanged. */
export function currentTask(task: SyncTask, listed: SyncTask[]): SyncTask {
    return isSuperseded(task, listed) ? task : (findTask(listed, task, task.taskType) ?? task);
}

/** Whether both describe the same task in the same state. */
export function isSameTask(a: SyncTask, b: SyncTask): boolean {
    return (
        belongsTo(a, b) &&
        a.taskType === b.taskType &&
        a.startTime === b.startTime &&
        a.finishTime === b.finishTime &&
        a.status === b.status
    );
}

/** Epoch times from here on are in milliseconds. Smaller ones are in seconds. */
const MIN_EPOCH_MS = 1e11;

/** Whether AGB reports this time in seconds rather than in milliseconds. */
export function isInSeconds(epoch: number): boolean {
    return epoch < MIN_EPOCH_MS;
}

/** Converts a task's time, in seconds or milliseconds since the epoch, to an ISO date. Returns `undefined` for 0. */
export function isoTime(epoch: number): string | undefined {
    return epoch === 0 ? undefined : new Date(isInSeconds(epoch) ? epoch * 1000 : epoch).toISOString();
}
