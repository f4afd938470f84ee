import { SyncMode } from "../../provider/agb/policy";
import type { Account, Mount, SessionRecord, TaskRecord } from "../account";
import type { Clock } from "../clock";
import { messageWithoutPaths } from "../messageWithoutPaths";
import type { SyntheticDelay } from "../syntheticDelay";
import type { Transfer } from "./transfer";

/** A sync that was asked for: of a mount, or of a folder below it. */
export interface SyncRequest {
    mount: Mount;
    path: string;
    type: SyncMode;
    /** Makes the task fail without doing anything, to show what a failed sync does. */
    fail?: boolean;
}

/** Runs sync tasks in the background: those of one mount in order, those of different mounts side by side. */
export class Syncs {
    readonly #account: Account;
    readonly #transfer: Transfer;
    readonly #clock: Clock;
    readonly #rootOf: (sessionId: string) => string;
    readonly #pace: SyntheticDelay;
    readonly #queues = new Map<string, Promise<void>>();
    #stopped = false;

    constructor(
        account: Account,
        transfer: Transfer,
        clock: Clock,
        rootOf: (sessionId: string) => string,
        pace: SyntheticDelay,
    ) {
        this.#account = account;
        this.#transfer = transfer;
        this.#clock = clock;
        this.#rootOf = rootOf;
        this.#pace = pace;
    }

    /** Lists the tasks as under way, on disk too, and only then starts them. */
    async start(session: SessionRecord, orders: readonly SyncRequest[]): Promise<void> {
        const started = orders.map((order) => ({ order, task: this.#list(session, order) }));
        if (this.#account.sessions.has(session.id)) await this.#account.saveSession(session);
        for (const { order, task } of started) this.#enqueue(session, order, task);
    }

    /** Starts again what was under way when the server was stopped. */
    resume(session: SessionRecord, mountOf: (task: TaskRecord) => Mount | undefined): void {
        for (const task of session.tasks.filter(({ status }) => status === "Pending")) {
            const mount = mountOf(task);
            if (mount) this.#enqueue(session, { mount, path: task.path, type: task.taskType }, task);
        }
    }

    /** Resolves when no task of the session is left; of all sessions where none is given. */
    async idle(session?: SessionRecord): Promise<void> {
        const prefix = session ? `${session.id} ` : "";
        for (;;) {
            const running = [...this.#queues].filter(([key]) => key.startsWith(prefix)).map(([, queue]) => queue);
            if (running.length === 0) return;
            await Promise.all(running);
        }
    }

    /** Begins nothing more, but lets what is being copied end: the rest is still listed as under way when the server comes back. */
    stop(): void {
        this.#stopped = true;
    }

    #list(session: SessionRecord, { mount, path, type }: SyncRequest): TaskRecord {
        const task: TaskRecord = {
            contextId: mount.contextId,
            path,
            taskType: type,
            status: "Pending",
            startTime: 0,
            finishTime: 0,
            errorMessage: "",
        };
        const same = (other: TaskRecord) =>
            other.contextId === task.contextId && other.path === path && other.taskType === type;
        session.tasks = [...session.tasks.filter((other) => !same(other)), task];
        return task;
    }

    #enqueue(session: SessionRecord, order: SyncRequest, task: TaskRecord): void {
        const key = `${session.id} ${order.mount.contextId} ${order.mount.path}`;
        const before = this.#queues.get(key) ?? Promise.resolve();
        const queue = before
            .then(() => this.#run(session, order, task))
            .finally(() => {
                if (this.#queues.get(key) === queue) this.#queues.delete(key);
            });
        this.#queues.set(key, queue);
    }

    async #run(session: SessionRecord, order: SyncRequest, task: TaskRecord): Promise<void> {
        if (this.#stopped) return;
        task.startTime = this.#clock.seconds();
        try {
            if (order.fail) throw new Error("the sync failed, as it was told to");
            const { mount, path } = order;
            const root = this.#rootOf(session.id);
            const work =
                order.type === SyncMode.Upload
                    ? this.#transfer.upload(root, mount, path)
                    : this.#transfer.download(root, mount, path);
            await Promise.all([work, this.#pace.pause()]);
            task.status = "Success";
        } catch (error) {
            task.status = "Failed";
            task.errorMessage = `${order.type} of ${order.path}: ${messageWithoutPaths(error)}`;
        }
        task.finishTime = this.#clock.seconds();
        if (this.#account.sessions.has(session.id)) await this.#account.saveSession(session).catch(() => undefined);
    }
}
