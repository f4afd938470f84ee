/** Runs sync tasks in the background: those of one mount in order, those of different mounts concurrently. */
import { SyncMode } from "../../provider/agb/policy";
import type { Account, Mount, SessionRecord, TaskRecord } from "../account";
import type { Clock } from "../clock";
import type { History } from "../history";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { findMount } from "../mounts";
import type { SyntheticDelay } from "../syntheticDelay";
import type { Workspaces } from "../workspaces";
import type { Transfer } from "./transfer";

/** A requested sync of a mount or a folder below it. */
export interface SyncRequest {
    mount: Mount;
    path: string;
    type: SyncMode;
    /** Injected fault: the task fails without doing anything. */
    fail?: boolean;
    /** Ends the task as soon as it has turned out that there is nothing to upload. */
    endsEarly?: boolean;
}

export class Syncs {
    readonly #account: Account;
    readonly #transfer: Transfer;
    readonly #clock: Clock;
    readonly #workspaces: Workspaces;
    readonly #history: History;
    readonly #delay: SyntheticDelay;
    readonly #queues = new Map<string, Promise<void>>();
    readonly #earlierRuns = new WeakMap<TaskRecord, TaskRecord>();
    #stopped = false;

    constructor(
        account: Account,
        transfer: Transfer,
        clock: Clock,
        workspaces: Workspaces,
        history: History,
        delay: SyntheticDelay,
    ) {
        this.#account = account;
        this.#transfer = transfer;
        this.#clock = clock;
        this.#workspaces = workspaces;
        this.#history = history;
        this.#delay = delay;
    }

    /** Records the tasks as pending, also on disk, before it starts them. */
    async start(session: SessionRecord, requests: readonly SyncRequest[]): Promise<void> {
        const started = requests.map((request) => ({ request, task: newTask(request) }));
        this.#replaceTasks(
            session,
            started.map(({ task }) => task),
        );
        if (this.#account.sessions.has(session.id)) await this.#account.saveSession(session);
        for (const { request, task } of started) this.#enqueue(session, request, task);
    }

    /** Restarts the tasks that were pending when the server stopped. */
    resume(session: SessionRecord): void {
        for (const task of session.tasks.filter(({ status }) => status === "Pending")) {
            const mount = findMount(this.#account, session, task.contextId, task.path);
            if (mount) this.#enqueue(session, { mount, path: task.path, type: task.taskType }, task);
        }
    }

    /** Resolves when no task is pending: of one session, or of any. */
    async whenIdle(session?: SessionRecord): Promise<void> {
        const prefix = session ? `${session.id} ` : "";
        for (;;) {
            const running = [...this.#queues].filter(([key]) => key.startsWith(prefix)).map(([, queue]) => queue);
            if (running.length === 0) return;
            await Promise.all(running);
        }
    }

    /** The run of the same mount and type that a task replaced, if the server ran then. */
    earlierRun(task: TaskRecord): TaskRecord | undefined {
        return this.#earlierRuns.get(task);
    }

    /** Starts no further task. Running ones finish; the others remain pending and are resumed at the next start. */
    stop(): void {
        this.#stopped = true;
    }

    /** A session lists the latest run of each sync. */
    #replaceTasks(session: SessionRecord, tasks: readonly TaskRecord[]): void {
        const byKey = new Map([...session.tasks, ...tasks].map((task) => [keyOf(task), task]));
        const latest = new Set(byKey.values());
        for (const earlier of session.tasks) {
            const task = byKey.get(keyOf(earlier));
            if (task === undefined || task === earlier) continue;
            this.#earlierRuns.set(task, earlier);
            this.#earlierRuns.delete(earlier);
        }
        session.tasks = [...session.tasks, ...tasks].filter((task) => latest.has(task));
    }

    #enqueue(session: SessionRecord, request: SyncRequest, task: TaskRecord): void {
        const key = `${session.id} ${request.mount.contextId} ${request.mount.path}`;
        const previous = this.#queues.get(key) ?? Promise.resolve();
        const queue = previous
            .then(() => this.#run(session, request, task))
            .finally(() => {
                if (this.#queues.get(key) === queue) this.#queues.delete(key);
            });
        this.#queues.set(key, queue);
    }

    async #run(session: SessionRecord, request: SyncRequest, task: TaskRecord): Promise<void> {
        if (this.#stopped) return;
        task.startTime = this.#clock.seconds();
        const startedAt = performance.now();
        try {
            if (request.fail) throw new Error("the sync failed (injected fault)");
            const { mount, path } = request;
            const { root } = this.#workspaces.get(session.id);
            let hasChanged = true;
            if (request.type === SyncMode.Upload) hasChanged = await this.#transfer.upload(root, mount, path);
            else await this.#transfer.download(root, mount, path);
            if (hasChanged || !request.endsEarly) await this.#delay.pause(performance.now() - startedAt);
            task.status = "Success";
        } catch (error) {
            task.status = "Failed";
            task.errorMessage = `${request.type} of ${request.path}: ${messageWithoutPaths(error)}`;
        }
        task.finishTime = this.#clock.seconds();
        this.#history.record(session, {
            kind: task.taskType,
            contextId: task.contextId,
            contextName: this.#account.contexts.get(task.contextId)?.name ?? task.contextId,
            path: task.path,
            milliseconds: Math.round(performance.now() - startedAt),
            failure: task.errorMessage,
        });
        await this.#saveOutcome(session, request.mount, task).catch(() => undefined);
    }

    /** A download may have recorded something about its mount, which is part of the session. */
    async #saveOutcome(session: SessionRecord, mount: Mount, task: TaskRecord): Promise<void> {
        // A later run of the same sync is already on disk.
        if (!this.#account.sessions.has(session.id) || !session.tasks.includes(task)) return;
        await (mount.sourceArchive === undefined
            ? this.#account.saveTask(session.id, task)
            : this.#account.saveSession(session));
    }
}

const keyOf = ({ contextId, path, taskType }: TaskRecord): string => JSON.stringify([contextId, path, taskType]);

const newTask = ({ mount, path, type }: SyncRequest): TaskRecord => ({
    contextId: mount.contextId,
    path,
    taskType: type,
    status: "Pending",
    startTime: 0,
    finishTime: 0,
    errorMessage: "",
});
