/** Runs syncs and waits for them. A wait counts only its own tasks, so it never mistakes an old outcome for a new one. */
import type { AgbClient } from "./client";
import { coversMount, missingDownloads, type MountDownload } from "./mountData";
import type { WaitOptions } from "./polling";
import { DEFAULT_IDLE_RELEASE_SECONDS, SyncMode } from "./policy";
import type { MountAddress } from "./requests";
import { beginSync, type SyncStart } from "./syncStart";
import { SyncInterruptedError, SyncTimeoutError, timeoutError } from "./syncErrors";
import { SyncTaskPoller, type Snapshot } from "./syncTaskPoller";
import {
    belongsTo,
    concerned,
    currentTask,
    findTask,
    isFinished,
    isSameTask,
    isSuperseded,
    unlistedTask,
} from "./syncTasks";
import type { SyncTask } from "./wire";

export interface SyncWaitOptions extends Omit<WaitOptions, "onProgress"> {
    /**
     * Called after each poll, with the number of finished mounts, their total, and the time waited in milliseconds. After
     * several polls that failed, also with the last failure.
     */
    onProgress?: ((finished: number, total: number, waitedMs: number, failure?: Error) => void) | undefined;
    /** What the session listed just before the wait. It saves a poll. */
    seen?: Snapshot | undefined;
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
        this.#poller = new SyncTaskPoller(agb, sessionId);
        this.keepAlive(idleReleaseSeconds);
    }

    /** Sets the idle limit of the session, if it is shorter than the one that is known. */
    keepAlive(idleReleaseSeconds: number): void {
        this.#poller.keepAlive(idleReleaseSeconds);
    }

    /** Records that the session was active just now, so waits need not refresh its idle time for a while. */
    sessionWasActive(): void {
        this.#poller.sessionWasActive();
    }

    /** Returns what the session lists now, or `undefined` if that is not known. */
    look(): Promise<Snapshot | undefined> {
        return this.#poller.look();
    }

    /**
     * Waits until the latest task of each mount in the given direction finishes, and returns these tasks in the order of
     * the mounts. Finished tasks in `known` count if AGB no longer lists them. Throws {@link SyncTimeoutError} at the
     * deadline.
     */
    async waitForLatest(
        mounts: MountAddress[],
        mode: SyncMode,
        options: SyncWaitOptions,
        known: SyncTask[] = [],
    ): Promise<SyncTask[]> {
        return this.#waitForMounts(mounts, mode, isFinished, options, known.filter(isFinished));
    }

    /**
     * Waits until each mount has the data of its context, or a download of it has failed. Returns the downloads without
     * which a mount lacks data; an upload of such a mount would remove that data from the context. Also returns what the
     * session listed then. Without `mounts`, takes every mount for which the session lists a download. Throws
     * {@link SyncTimeoutError} at the deadline.
     */
    async waitForData(
        mounts: MountDownload[] | undefined,
        { deadline, onProgress, seen }: SyncWaitOptions,
    ): Promise<{ missing: SyncTask[]; seen: Snapshot }> {
        const graceEndsAt = Math.min(deadline, Date.now() + this.#agb.timings.noTasksGraceMs);
        // What no poll has seen is missing.
        let missing = (mounts ?? []).map((mount) => [unlistedTask(mount, SyncMode.Download)]);
        const ready = () => missing.filter((tasks) => tasks.every(isFinished)).length;
        const decide = (snapshot: Snapshot) => {
            const { tasks } = snapshot;
            const targets = mounts ?? downloadsIn(tasks);
            missing = targets.map((mount) => missingDownloads(mount, tasks));
            // If nothing is known about a session, it may list its downloads late.
            const mayBeLate = mounts
                ? mounts.some((mount) => mount.autoDownload === undefined && !coversMount(mount, tasks))
                : targets.length === 0;
            if (mayBeLate && Date.now() < graceEndsAt) return undefined;
            return ready() === missing.length ? { missing: missing.flat(), seen: snapshot } : undefined;
        };
        const decided = seen && decide(seen);
        if (decided) return decided;
        const timeout = (lastFailure: Error | undefined) =>
            timeoutError(
                `${ready()} of ${missing.length} mounts received their data in time`,
                missing.flat(),
                lastFailure,
            );
        return this.#poller.watch(decide, timeout, {
            deadline,
            onProgress: (waitedMs, failure) => onProgress?.(ready(), missing.length, waitedMs, failure),
        });
    }

    /**
     * Syncs the given mounts and waits until the sync finishes. Returns its tasks in the order of the mounts. Throws
     * {@link SyncTimeoutError} at the deadline.
     */
    async run(mounts: MountAddress[], mode: SyncMode, options: SyncWaitOptions & SyncStart): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        const before = await beginSync(this.#agb, this.#sessionId, this.#poller, mode, mounts, options);
        const isDone = (task: SyncTask) => isFinished(task) && !before.some((old) => isSameTask(old, task));
        return this.#waitForMounts(mounts, mode, isDone, options, []);
    }

    /**
     * Starts a sync of the given mounts, or of every mount, and returns its tasks once each has begun. At the deadline,
     * returns the tasks listed so far. Without `mounts`, returns no tasks if the session lists none for a while, because it
     * has nothing to sync.
     */
    async start(
        mode: SyncMode,
        mounts: MountAddress[] | undefined,
        deadline: number,
        how: SyncStart = {},
    ): Promise<SyncTask[]> {
        if (mounts?.length === 0) return [];
        const before = await beginSync(this.#agb, this.#sessionId, this.#poller, mode, mounts, { deadline, ...how });
        const graceEndsAt = Math.min(deadline, Date.now() + this.#agb.timings.noTasksGraceMs);
        let own: SyncTask[] = [];
        const decide = ({ tasks }: Snapshot) => {
            // AGB may no longer list a task that an earlier poll has seen.
            const isNew = (task: SyncTask) => !before.some((old) => isSameTask(old, task));
            const listed = concerned(tasks, mode, mounts).filter(isNew);
            own = [...listed, ...own.filter((task) => !listed.some((other) => belongsTo(other, task)))];
            if (own.length > 0) {
                const unlisted = (mounts ?? []).filter((mount) => !own.some((task) => belongsTo(task, mount)));
                const all = [...own, ...unlisted.map((mount) => unlistedTask(mount, mode))];
                const haveBegun = all.every((task) => isFinished(task) || task.startTime > 0);
                return haveBegun || Date.now() >= deadline ? all : undefined;
            }
            const hasNothingToSync = mounts === undefined && tasks.length === 0 && Date.now() >= graceEndsAt;
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
            latest = latest.map((task) => (isFinished(task) ? task : currentTask(task, tasks)));
            return latest.every((task) => isFinished(task) || isSuperseded(task, tasks)) ? latest : undefined;
        };
        const timeout = (lastFailure: Error | undefined) =>
            timeoutError(`${finished()} of ${own.length} mounts finished in time`, latest, lastFailure);
        return this.#poller.watch(decide, timeout, {
            deadline,
            onProgress: (waitedMs, failure) => onProgress?.(finished(), own.length, waitedMs, failure),
        });
    }

    async #waitForMounts(
        mounts: MountAddress[],
        mode: SyncMode,
        isDone: (task: SyncTask) => boolean,
        { deadline, onProgress }: SyncWaitOptions,
        known: SyncTask[],
    ): Promise<SyncTask[]> {
        if (mounts.length === 0) return [];
        let latest = mounts.map((mount) => findTask(known, mount, mode) ?? unlistedTask(mount, mode));
        const done = () => latest.filter(isDone).length;
        const decide = ({ tasks }: Snapshot) => {
            // AGB may no longer list a task that an earlier poll has seen.
            latest = latest.map((task) => findTask(tasks, task, mode) ?? task);
            return latest.every(isDone) ? latest : undefined;
        };
        const timeout = (lastFailure: Error | undefined) => {
            // The outcome of an earlier sync says nothing about this one.
            const tasks = latest.map((task) => (isDone(task) || !isFinished(task) ? task : unlistedTask(task, mode)));
            return timeoutError(
                `${done()} of ${mounts.length} mounts finished their ${mode} in time`,
                tasks,
                lastFailure,
            );
        };
        const waiting = this.#poller.watch(decide, timeout, {
            deadline,
            onProgress: (waitedMs, failure) => onProgress?.(done(), mounts.length, waitedMs, failure),
        });
        return waiting.catch((error: unknown) => {
            throw error instanceof SyncTimeoutError ? error : new SyncInterruptedError(error, latest.filter(isDone));
        });
    }
}

const downloadsIn = (tasks: SyncTask[]): MountDownload[] =>
    concerned(tasks, SyncMode.Download, undefined).map(({ contextId, path }) => ({
        contextId,
        path,
        autoDownload: true,
    }));
