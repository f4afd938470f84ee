/** Starts a sync in a way that distinguishes its tasks from those of earlier ones. */
import { forEachConcurrently } from "../../common/concurrency";
import type { AgbClient } from "./client";
import { sleep } from "./polling";
import type { SyncMode } from "./policy";
import type { MountAddress } from "./requests";
import { timeoutError } from "./syncErrors";
import type { Snapshot, SyncTaskPoller } from "./syncTaskPoller";
import { concerned, isFinished, isInSeconds, pendingTask } from "./syncTasks";
import type { SyncTask } from "./wire";

const CONCURRENCY = 8;

/** How to start a sync. */
export interface SyncStart {
    /** Whether the given mounts are all of the session's, so one call starts the sync of all. */
    isEveryMount?: boolean | undefined;
    /** What the session listed just before. It saves a poll. */
    seen?: Snapshot | undefined;
}

/** Starts a sync once earlier ones have finished, and returns the tasks that were listed before it. */
export async function beginSync(
    agb: AgbClient,
    sessionId: string,
    poller: SyncTaskPoller,
    mode: SyncMode,
    mounts: MountAddress[] | undefined,
    { deadline, seen, isEveryMount }: SyncStart & { deadline: number },
): Promise<SyncTask[]> {
    // A task that is still running would look like one of the new sync when it finishes.
    const decide = (snapshot: Snapshot) => {
        const tasks = concerned(snapshot.tasks, mode, mounts);
        return tasks.every(isFinished) ? { ...snapshot, tasks } : undefined;
    };
    const timeout = (lastFailure: Error | undefined) => {
        const tasks = (mounts ?? []).map((mount) => pendingTask(mount, mode));
        return timeoutError(`an earlier ${mode} did not finish in time`, tasks, lastFailure);
    };
    const { tasks, serverTime } = (seen && decide(seen)) ?? (await poller.watch(decide, timeout, { deadline }));
    const latestStart = Math.max(0, ...tasks.map((task) => task.startTime));
    // With times in whole seconds, a new task in the same second would be indistinguishable from the last one.
    if (isInSeconds(latestStart) && latestStart >= Math.floor(serverTime / 1000)) await sleep(1000);
    const targets = mounts === undefined || (isEveryMount && mounts.length > 1) ? [undefined] : mounts;
    await forEachConcurrently(targets, CONCURRENCY, (mount) => agb.startSync(sessionId, mode, mount));
    poller.syncStarted();
    return tasks;
}
