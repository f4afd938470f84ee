/** WaitOptions for syncs, and running them: only tasks that belong to the wait count, and an old outcome is never taken for a new one. */
import type { AgbClient } from "./client";
import { DEFAULT_IDLE_RELEASE_SECONDS, SyncStatus, type SyncMode } from "./policy";
import { SyncTaskPoller, type Snapshot } from "./syncTaskPoller";
import { sleep, type WaitOptions } from "./polling";
import type { MountAddress } from "./requests";
import type { SyncTask } from "./wire";

/** A sync that was not over at the deadline. */
export class SyncTimeoutError extends Error {
    override readonly name = "SyncTimeoutError";
    constructor(
        message: string,
        readonly tasks: SyncTask[],
    ) {
        super(message);
    }
}

export interface SyncWaitOptions extends Omit<WaitOptions, "onProgress"> {
    /** Told while it waits: how many of the mounts are done, and the milliseconds waited so far. */
    onProgress?: ((done: number, of: number, waited: number) => void) | undefined;
}

export const isFinished = (task: Pick<SyncTask, "status">): boolean =>
    task.status === SyncStatus.Success || task.status === SyncStatus.Failed;

/** A mount and direction for which AGB lists no task (yet). */
export function pendingTask(mount: MountAddress, taskType: SyncMode): SyncTask {
    return {
        contextId: mount.contextId,
        path: mount.path,
        status: SyncStatus.Pending,
        taskType,
        startTime: 0,
        finishTime: 0,
        errorMessage: "",
    };
}

export const findTask = (tasks: SyncTask[], mount: MountAddress, taskType: string): SyncTask | undefined =>
    tasks.find((task) => belongsTo(task, mount) && task.taskType === taskType);

const belongsTo = (task: SyncTask, mount: MountAddress): boolean =>
    task.contextId === mount.contextId && task.path === mount.path;

/** Whether a newer sync has taken the place of this task in the listing, so that its outcome cannot be learnt any more. */
export function isSuperseded(own: SyncTask, listed: SyncTask[]): boolean {
    const task = findTask(listed, own, own.taskType);
    return task !== undefined && task.startTime !== own.startTime;
}

/** How this very task stands now, as far as the listing still tells. */
export const currentTask = (own: SyncTask, listed: SyncTask[]): SyncTask =>
    isSuperseded(own, listed) ? own : (findTask(listed, own, own.taskType) ?? own);

/** All tasks in one word. */
export function overallStatus(tasks: Pick<SyncTask, "status">[]): SyncStatus {
    const statuses = tasks.map((task) => task.status).filter((status) => status !== SyncStatus.None);
    if (statuses.length === 0) return SyncStatus.None;
    if (statuses.includes(SyncStatus.Failed)) return SyncStatus.Failed;
    return statuses.every((status) => status === SyncStatus.Success) ? SyncStatus.Success : SyncStatus.Pending;
}

/** The syncs of one session. */
export class SessionSyncs {
    readonly #agb: AgbClient;
    readonly #sessionId: string;
    readonly #poller: SyncTaskPoller;

    constructor(agb: AgbClient, sessionId: string, idleReleaseTimeout = DEFAULT_IDLE_RELEASE_SECONDS) {
        this.#agb = agb;
        this.#sessionId = sessionId;

        this.#poller = new SyncTaskPoller(agb, sessionId, idleReleaseTimeout);
    }

    /**
     * Waits until the last task of every mount in that direction is over, and gives these tasks in the order of the mounts.
     * Throws {@link SyncTimeoutError} at the deadline.
     */
    async waitForLatest(mounts: MountAddress[], mode: SyncMode, waiting: SyncWaitOptions): Promise<SyncTask[]> {
        return this.#await(mounts, mode, isFinished, waiting);
    }

    /** Syncs these mounts now and waits until that is over. Gives the sync's own tasks; {@link SyncTimeoutError} at the deadline. */
    async run(mounts: MountAddress[], mode: SyncMode, waiting: SyncWaitOptions): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        const concerns = (task: SyncTask) => task.taskType === mode && mounts.some((mount) => belongsTo(task, mount));
        const before = await this.#begin(concerns, mode, mounts, waiting.deadline);
        return this.#await(
            mounts,
            mode,
            (task) => isFinished(task) && !before.some((old) => isSame(old, task)),
            waiting,
        );
    }

    /**
     * Starts a sync of one mount, or of every mount, and gives its own tasks once each has begun. At the deadline it gives what
     * is listed by then; nothing, after a while, for a session that has nothing to sync.
     */
    async start(mode: SyncMode, mount: MountAddress | undefined, deadline: number): Promise<SyncTask[]> {
        const concerns = (task: SyncTask) => task.taskType === mode && (mount === undefined || belongsTo(task, mount));
        const before = await this.#begin(concerns, mode, [mount], deadline);
        const patience = Math.min(deadline, Date.now() + this.#agb.timings.noTasksGraceMs);
        let own: SyncTask[] = [];
        const begun = ({ tasks }: Snapshot) => {
            own = tasks.filter((task) => concerns(task) && !before.some((old) => isSame(old, task)));
            if (own.length > 0) {
                return own.every((task) => isFinished(task) || task.startTime > 0) || Date.now() >= deadline
                    ? own
                    : undefined;
            }
            return mount === undefined && tasks.length === 0 && Date.now() >= patience ? own : undefined;
        };
        return this.#poller.watch(
            begun,
            (lastFailure) => timeoutError(`AGB listed no task of the ${mode} in time`, own, lastFailure),
            { deadline },
        );
    }

    /** Waits until these very tasks are over; one that a newer sync has replaced is not waited for. {@link SyncTimeoutError} at the deadline. */
    async waitForTasks(own: SyncTask[], waiting: SyncWaitOptions): Promise<SyncTask[]> {
        let latest = own;
        const done = () => latest.filter(isFinished).length;
        return this.#poller.watch(
            ({ tasks }) => {
                latest = latest.map((task) => currentTask(task, tasks));
                return latest.every((task) => isFinished(task) || isSuperseded(task, tasks)) ? latest : undefined;
            },
            (lastFailure) =>
                timeoutError(`${done()} of ${own.length} mounts were through in time`, latest, lastFailure),
            {
                deadline: waiting.deadline,
                onProgress: (waited) => waiting.onProgress?.(done(), own.length, waited),
            },
        );
    }

    async #begin(
        concerns: (task: SyncTask) => boolean,
        mode: SyncMode,
        mounts: (MountAddress | undefined)[],
        deadline: number,
    ): Promise<SyncTask[]> {
        // One that is under way and ends later would look like ours.
        const { tasks, serverTime } = await this.#poller.watch(
            (look) => {
                const concerned = look.tasks.filter(concerns);
                return concerned.every(isFinished) ? { ...look, tasks: concerned } : undefined;
            },
            (lastFailure) =>
                timeoutError(
                    `an earlier ${mode} was still under way`,
                    mounts.flatMap((mount) => (mount ? pendingTask(mount, mode) : [])),
                    lastFailure,
                ),
            { deadline },
        );
        const latest = Math.max(0, ...tasks.map((task) => task.startTime));
        // Whole seconds: a task that begins in the same second as the last one could not be told from it.
        if (latest < MILLISECONDS_FROM && latest >= Math.floor(serverTime / 1000)) await sleep(1000);
        for (const mount of mounts) await this.#agb.startSync(this.#sessionId, mode, mount);
        return tasks;
    }

    async #await(
        mounts: MountAddress[],
        mode: SyncMode,
        isDone: (task: SyncTask) => boolean,
        waiting: SyncWaitOptions,
    ): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        let latest = mounts.map((mount) => pendingTask(mount, mode));
        let done = 0;
        const decide = ({ tasks }: Snapshot) => {
            latest = mounts.map((mount) => findTask(tasks, mount, mode) ?? pendingTask(mount, mode));
            done = latest.filter(isDone).length;
            return done === mounts.length ? latest : undefined;
        };
        const known = () =>
            latest.map((task) => (isDone(task) ? task : { ...task, status: SyncStatus.Pending, errorMessage: "" }));
        const tooLate = (lastFailure: Error | undefined) =>
            timeoutError(
                `${done} of ${mounts.length} mounts were through with their ${mode} in time`,
                known(),
                lastFailure,
            );
        return this.#poller.watch(decide, tooLate, {
            deadline: waiting.deadline,
            onProgress: (waited) => waiting.onProgress?.(done, mounts.length, waited),
        });
    }
}

function timeoutError(message: string, tasks: SyncTask[], lastFailure: Error | undefined): SyncTimeoutError {
    return new SyncTimeoutError(message + (lastFailure ? `; the last look failed: ${lastFailure.message}` : ""), tasks);
}

/** Epoch numbers above this are milliseconds, below it seconds. */
const MILLISECONDS_FROM = 1e11;

/** A task's time as an ISO date; `undefined` while it is unknown. */
export function isoTime(epoch: number): string | undefined {
    return epoch === 0 ? undefined : new Date(epoch < MILLISECONDS_FROM ? epoch * 1000 : epoch).toISOString();
}

const isSame = (a: SyncTask, b: SyncTask): boolean =>
    a.contextId === b.contextId &&
    a.path === b.path &&
    a.taskType === b.taskType &&
    a.startTime === b.startTime &&
    a.finishTime === b.finishTime &&
    a.status === b.status;
