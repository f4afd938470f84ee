/** Waiting for syncs, and running them: only tasks that belong to the wait count, and an old outcome is never taken for a new one. */
import type { AgbClient, MountAddress } from "./client";
import { SyncStatus, type SyncMode } from "./policy";
import { DEFAULT_IDLE_RELEASE, SessionPoller, type Look } from "./sessionPoller";
import { sleep, type Waiting } from "./waiting";
import type { SyncTask } from "./wire";

/** A sync that was not over at the deadline. */
export class SyncTimeout extends Error {
    override readonly name = "SyncTimeout";
    constructor(message: string, readonly tasks: SyncTask[]) {
        super(message);
    }
}

export interface SyncWaiting extends Omit<Waiting, "onProgress"> {
    /** Told while it waits: how many of the mounts are done, and the milliseconds waited so far. */
    onProgress?: ((done: number, of: number, waited: number) => void) | undefined;
}

export const isOver = (task: Pick<SyncTask, "status">): boolean => task.status === SyncStatus.Success || task.status === SyncStatus.Failed;

/** A mount and direction for which AGB lists no task (yet). */
export function taskNotListed(mount: MountAddress, taskType: SyncMode): SyncTask {
    return { contextId: mount.contextId, path: mount.path, status: SyncStatus.Pending, taskType, startTime: 0, finishTime: 0, errorMessage: "" };
}

export const taskOf = (tasks: SyncTask[], mount: MountAddress, taskType: string): SyncTask | undefined =>
    tasks.find((task) => task.contextId === mount.contextId && task.path === mount.path && task.taskType === taskType);

/** All tasks in one word. */
export function overallStatus(tasks: Pick<SyncTask, "status">[]): SyncStatus {
    const statuses = tasks.map((task) => task.status).filter((status) => status !== SyncStatus.None);
    if (statuses.length === 0) return SyncStatus.None;
    if (statuses.includes(SyncStatus.Failed)) return SyncStatus.Failed;
    return statuses.every((status) => status === SyncStatus.Success) ? SyncStatus.Success : SyncStatus.Pending;
}

/** The syncs of one session. */
export class SessionSyncs {
    readonly #poller: SessionPoller;

    constructor(private readonly agb: AgbClient, private readonly sessionId: string, idleReleaseTimeout = DEFAULT_IDLE_RELEASE) {
        this.#poller = new SessionPoller(agb, sessionId, idleReleaseTimeout);
    }

    /**
     * Waits until the last task of every mount in that direction is over, and gives these tasks in the order of the mounts.
     * Throws {@link SyncTimeout} at the deadline.
     */
    async finished(mounts: MountAddress[], mode: SyncMode, waiting: SyncWaiting): Promise<SyncTask[]> {
        return this.#await(mounts, mode, isOver, waiting);
    }

    /** Syncs these mounts now and waits until that is over. Gives the sync's own tasks; {@link SyncTimeout} at the deadline. */
    async run(mounts: MountAddress[], mode: SyncMode, waiting: SyncWaiting): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        const before = await this.begin(mounts, mode, waiting);
        return this.#await(mounts, mode, (task) => isOver(task) && !before.some((old) => isSame(old, task)), waiting);
    }

    /** Starts a sync and gives the tasks before it, from which its own will differ. */
    async begin(mounts: MountAddress[], mode: SyncMode, waiting: SyncWaiting): Promise<SyncTask[]> {
        const { tasks, serverTime } = await this.#settledTasks(mounts, mode, waiting);
        const latest = Math.max(0, ...tasks.map((task) => task.startTime));
        // Whole seconds: a task that begins in the same second as the last one could not be told from it.
        if (latest < MILLISECONDS_FROM && latest >= Math.floor(serverTime / 1000)) await sleep(1000);
        for (const mount of mounts) await this.agb.startSync(this.sessionId, mode, mount);
        return tasks;
    }

    /** The mounts' tasks in that direction once none is under way: one that ends later would look like ours. */
    #settledTasks(mounts: MountAddress[], mode: SyncMode, waiting: SyncWaiting): Promise<Look> {
        return this.#poller.watch(({ tasks, serverTime }) => {
            const mine = mounts.flatMap((mount) => taskOf(tasks, mount, mode) ?? []);
            return mine.every(isOver) ? { tasks: mine, serverTime } : undefined;
        }, (lastFailure) => late(`an earlier ${mode} was still under way`, mounts.map((mount) => taskNotListed(mount, mode)), lastFailure), { deadline: waiting.deadline });
    }

    async #await(mounts: MountAddress[], mode: SyncMode, isDone: (task: SyncTask) => boolean, waiting: SyncWaiting): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        let latest = mounts.map((mount) => taskNotListed(mount, mode));
        let done = 0;
        const decide = ({ tasks }: Look) => {
            latest = mounts.map((mount) => taskOf(tasks, mount, mode) ?? taskNotListed(mount, mode));
            done = latest.filter(isDone).length;
            return done === mounts.length ? latest : undefined;
        };
        const known = () => latest.map((task) => isDone(task) ? task : { ...task, status: SyncStatus.Pending, errorMessage: "" });
        const tooLate = (lastFailure: Error | undefined) => late(`${done} of ${mounts.length} mounts were through with their ${mode} in time`, known(), lastFailure);
        return this.#poller.watch(decide, tooLate, {
            deadline: waiting.deadline,
            onProgress: (waited) => waiting.onProgress?.(done, mounts.length, waited),
        });
    }
}

function late(message: string, tasks: SyncTask[], lastFailure: Error | undefined): SyncTimeout {
    return new SyncTimeout(message + (lastFailure ? `; the last look failed: ${lastFailure.message}` : ""), tasks);
}

/** Epoch numbers above this are milliseconds, below it seconds. */
const MILLISECONDS_FROM = 1e11;

const isSame = (a: SyncTask, b: SyncTask): boolean =>
    a.contextId === b.contextId && a.path === b.path && a.taskType === b.taskType && a.startTime === b.startTime && a.finishTime === b.finishTime && a.status === b.status;
