/** Runs syncs and waits for them. A wait counts only its own tasks, so it never mistakes an old outcome for a new one. */
import type { AgbClient } from "./client";
import { sleep, type WaitOptions } from "./polling";
import { DEFAULT_IDLE_RELEASE_SECONDS, SyncStatus, type SyncMode } from "./policy";
import type { MountAddress } from "./requests";
import { SyncTaskPoller, type Snapshot } from "./syncTaskPoller";
import {
    belongsTo,
    currentTask,
    findTask,
    isFinished,
    isInSeconds,
    isSameTask,
    isSuperseded,
    pendingTask,
} from "./syncTasks";
import type { SyncTask } from "./wire";

/** A sync did not finish before the deadline. */
export class SyncTimeoutError extends Error {
    override readonly name = "SyncTimeoutError";
    constructor(
        message: string,
        /** The tasks of the wait, as last listed. */
        readonly tasks: SyncTask[],
    ) {
        super(message);
    }
}

export interface SyncWaitOptions extends Omit<WaitOptions, "onProgress"> {
    /** Called after each poll, with the number of finished mounts, their total, and the time waited in milliseconds. */
    onProgress?: ((finished: number, total: number, waitedMs: number) => void) | undefined;
}

/**
 * The syncs of one session. Waiting keeps the session from idling.
 *
 * @example
 * import { SessionSyncs } from "pulumi-agb/client";
 *
 * const mounts = [{ contextId: "SdkCtx-1", path: "/home/work" }];
 * const deadline = Date.now() + 60_000;
 * const [task] = await new SessionSyncs(client, sessionId).run(mounts, "upload", { deadline });
 * console.log(task?.status, task?.errorMessage);
 */
export class SessionSyncs {
    readonly #agb: AgbClient;
    readonly #sessionId: string;
    readonly #poller: SyncTaskPoller;

    /** `idleReleaseSeconds` is the idle limit with which the session was created. */
    constructor(agb: AgbClient, sessionId: string, idleReleaseSeconds = DEFAULT_IDLE_RELEASE_SECONDS) {
        this.#agb = agb;
        this.#sessionId = sessionId;
        this.#poller = new SyncTaskPoller(agb, sessionId, idleReleaseSeconds);
    }

    /**
     * Waits until the latest task of each mount in the given direction finishes, and returns these tasks in the order of
     * the mounts. Throws {@link SyncTimeoutError} at the deadline.
     */
    async waitForLatest(mounts: MountAddress[], mode: SyncMode, options: SyncWaitOptions): Promise<SyncTask[]> {
        return this.#waitForMounts(mounts, mode, isFinished, options);
    }

    /**
     * Syncs the given mounts and waits until the sync finishes. Returns its tasks in the order of the mounts. Throws
     * {@link SyncTimeoutError} at the deadline.
     */
    async run(mounts: MountAddress[], mode: SyncMode, options: SyncWaitOptions): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        const isConcerned = (task: SyncTask) =>
            task.taskType === mode && mounts.some((mount) => belongsTo(task, mount));
        const before = await this.#begin(isConcerned, mode, mounts, options.deadline);
        const isDone = (task: SyncTask) => isFinished(task) && !before.some((old) => isSameTask(old, task));
        return this.#waitForMounts(mounts, mode, isDone, options);
    }

    /**
     * Starts a sync of one mount, or of every mount, and returns its tasks once each has begun. At the deadline, returns
     * the tasks listed so far. Returns no tasks if the session lists none for a while, because it has nothing to sync.
     */
    async start(mode: SyncMode, mount: MountAddress | undefined, deadline: number): Promise<SyncTask[]> {
        const isConcerned = (task: SyncTask) =>
            task.taskType === mode && (mount === undefined || belongsTo(task, mount));
        const before = await this.#begin(isConcerned, mode, [mount], deadline);
        const graceEndsAt = Math.min(deadline, Date.now() + this.#agb.timings.noTasksGraceMs);
        let own: SyncTask[] = [];
        const decide = ({ tasks }: Snapshot) => {
            own = tasks.filter((task) => isConcerned(task) && !before.some((old) => isSameTask(old, task)));
            if (own.length > 0) {
                const haveBegun = own.every((task) => isFinished(task) || task.startTime > 0);
                return haveBegun || Date.now() >= deadline ? own : undefined;
            }
            const hasNothingToSync = mount === undefined && tasks.length === 0 && Date.now() >= graceEndsAt;
            return hasNothingToSync ? own : undefined;
        };
        const timeout = (lastFailure: Error | undefined) =>
            timeoutError(`AGB did not list a task for the ${mode} in time`, own, lastFailure);
        return this.#poller.watch(decide, timeout, { deadline });
    }

    /**
     * Waits until the given tasks finish, except for those that a newer sync has superseded. Throws
     * {@link SyncTimeoutError} at the deadline.
     */
    async waitForTasks(own: SyncTask[], { deadline, onProgress }: SyncWaitOptions): Promise<SyncTask[]> {
        let latest = own;
        const finished = () => latest.filter(isFinished).length;
        const decide = ({ tasks }: Snapshot) => {
            latest = latest.map((task) => currentTask(task, tasks));
            return latest.every((task) => isFinished(task) || isSuperseded(task, tasks)) ? latest : undefined;
        };
        const timeout = (lastFailure: Error | undefined) =>
            timeoutError(`${finished()} of ${own.length} mounts finished in time`, latest, lastFailure);
        return this.#poller.watch(decide, timeout, {
            deadline,
            onProgress: (waitedMs) => onProgress?.(finished(), own.length, waitedMs),
        });
    }

    /** Starts a sync once earlier ones have finished, and returns the tasks that were listed before it. */
    async #begin(
        isConcerned: (task: SyncTask) => boolean,
        mode: SyncMode,
        mounts: (MountAddress | undefined)[],
        deadline: number,
    ): Promise<SyncTask[]> {
        // A task that is still running would look like one of the new sync when it finishes.
        const decide = (snapshot: Snapshot) => {
            const tasks = snapshot.tasks.filter(isConcerned);
            return tasks.every(isFinished) ? { ...snapshot, tasks } : undefined;
        };
        const timeout = (lastFailure: Error | undefined) => {
            const tasks = mounts.flatMap((mount) => (mount ? pendingTask(mount, mode) : []));
            return timeoutError(`an earlier ${mode} did not finish in time`, tasks, lastFailure);
        };
        const { tasks, serverTime } = await this.#poller.watch(decide, timeout, { deadline });
        const latestStart = Math.max(0, ...tasks.map((task) => task.startTime));
        // With times in whole seconds, a new task in the same second would be indistinguishable from the last one.
        if (isInSeconds(latestStart) && latestStart >= Math.floor(serverTime / 1000)) await sleep(1000);
        for (const mount of mounts) await this.#agb.startSync(this.#sessionId, mode, mount);
        return tasks;
    }

    async #waitForMounts(
        mounts: MountAddress[],
        mode: SyncMode,
        isDone: (task: SyncTask) => boolean,
        { deadline, onProgress }: SyncWaitOptions,
    ): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        let latest = mounts.map((mount) => pendingTask(mount, mode));
        const done = () => latest.filter(isDone).length;
        const decide = ({ tasks }: Snapshot) => {
            latest = mounts.map((mount) => findTask(tasks, mount, mode) ?? pendingTask(mount, mode));
            return latest.every(isDone) ? latest : undefined;
        };
        const timeout = (lastFailure: Error | undefined) => {
            // The outcome of an earlier sync says nothing about this one.
            const tasks = latest.map((task) =>
                isDone(task) ? task : { ...task, status: SyncStatus.Pending, errorMessage: "" },
            );
            return timeoutError(
                `${done()} of ${mounts.length} mounts finished their ${mode} in time`,
                tasks,
                lastFailure,
            );
        };
        return this.#poller.watch(decide, timeout, {
            deadline,
            onProgress: (waitedMs) => onProgress?.(done(), mounts.length, waitedMs),
        });
    }
}

function timeoutError(message: string, tasks: SyncTask[], lastFailure: Error | undefined): SyncTimeoutError {
    const reason = lastFailure ? `; the last status check failed: ${lastFailure.message}` : "";
    return new SyncTimeoutError(message + reason, tasks);
}
