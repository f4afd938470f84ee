/** The account's state, except for files: what exists, in memory and in a journal on disk. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SyncMode, UploadMode } from "../provider/agb/policy";
import type { SyncPolicy, SyncTask } from "../provider/agb/wire";
import { Journal } from "./journal";

export interface ContextRecord {
    id: string;
    /** Increases from record to record, so lists have a stable order. */
    number: number;
    name: string;
    region: string;
    createdAt: number;
    lastUsedAt: number;
    state: "available" | "clearing";
    /** Increases whenever the context is cleared: each generation has its own folder. */
    generation: number;
    /** How the data is stored at each path at which a session has uploaded some. */
    uploadModes: Record<string, UploadMode>;
    /** The recycle policy of each path at which a session has mounted the context. */
    recycling: Record<string, SyncPolicy["recyclePolicy"]>;
    /** For the hidden context of file transfer: the session it belongs to. It is not listed and is deleted with the session. */
    ownerSessionId?: string;
}

export interface Mount {
    contextId: string;
    path: string;
    policy: SyncPolicy;
    /** The hash of the archive that a download left in the mount: it is not a file of the user. */
    sourceArchive?: string;
}

export interface TaskRecord extends SyncTask {
    taskType: SyncMode;
    status: "Pending" | "Success" | "Failed";
}

export interface SessionRecord {
    id: string;
    number: number;
    imageId: string;
    labels: Record<string, string>;
    policyId?: string;
    mounts: Mount[];
    /** The latest task of each context, path and type. */
    tasks: TaskRecord[];
    idleSeconds: number;
    createdAt: number;
    appInstanceId: string;
    resourceId: string;
    token: string;
    /** Whether the session has been released; its last uploads may still be running. */
    releasing: boolean;
}

type Entry =
    | { context: ContextRecord }
    | { contextRemoved: string }
    | { session: SessionRecord }
    | { sessionRemoved: string }
    | { task: TaskRecord; sessionId: string }
    | { number: number };

/** Entries of earlier releases. */
type LegacyEntry = { context: LegacyContext } | { contextGone: string } | { sessionGone: string };
type LegacyContext = Omit<ContextRecord, "uploadModes"> & { ofSession?: string; uploadMode?: UploadMode };

/** The file in a data folder that records its contexts and sessions. */
export const STATE_FILE = "state.jsonl";

/** Every `save` and `remove` resolves once the change is on disk. */
export class Account {
    readonly contexts = new Map<string, ContextRecord>();
    readonly sessions = new Map<string, SessionRecord>();
    #lastNumber = 0;
    #journal!: Journal<Entry>;

    static async open(dataFolder: string): Promise<Account> {
        const account = new Account();
        account.#journal = await Journal.open<Entry>(
            join(dataFolder, STATE_FILE),
            (entry) => account.#replay(upgradeEntry(entry)),
            () => account.#entries(),
        );
        return account;
    }

    nextNumber(): number {
        return ++this.#lastNumber;
    }

    /** Sessions that have not been released, newest first. */
    liveSessions(): SessionRecord[] {
        return [...this.sessions.values()].filter((session) => !session.releasing).sort((a, b) => b.number - a.number);
    }

    saveContext(context: ContextRecord): Promise<void> {
        this.contexts.set(context.id, context);
        return this.#journal.append(context.id, { context });
    }

    removeContext(id: string): Promise<void> {
        this.contexts.delete(id);
        return this.#journal.append(id, { contextRemoved: id });
    }

    saveSession(session: SessionRecord): Promise<void> {
        this.sessions.set(session.id, session);
        return this.#journal.append(session.id, { session });
    }

    removeSession(id: string): Promise<void> {
        this.sessions.delete(id);
        return this.#journal.append(id, { sessionRemoved: id });
    }

    /** Saves a task of a session that is saved already. */
    saveTask(sessionId: string, task: TaskRecord): Promise<void> {
        const { contextId, path, taskType } = task;
        return this.#journal.append(JSON.stringify([sessionId, contextId, path, taskType]), { task, sessionId });
    }

    close(): Promise<void> {
        return this.#journal.close();
    }

    #entries(): Entry[] {
        return [
            { number: this.#lastNumber },
            ...[...this.contexts.values()].map((context) => ({ context })),
            ...[...this.sessions.values()].map((session) => ({ session })),
        ];
    }

    #replay(entry: Entry): void {
        if ("number" in entry) this.#lastNumber = entry.number;
        else if ("contextRemoved" in entry) this.contexts.delete(entry.contextRemoved);
        else if ("sessionRemoved" in entry) this.sessions.delete(entry.sessionRemoved);
        else if ("task" in entry) this.#replayTask(entry.sessionId, entry.task);
        else if ("context" in entry) this.contexts.set(entry.context.id, this.#withNumberTaken(entry.context));
        else this.sessions.set(entry.session.id, this.#withNumberTaken(entry.session));
    }

    /** The task of a session that has been removed since is ignored. */
    #replayTask(sessionId: string, task: TaskRecord): void {
        const tasks = this.sessions.get(sessionId)?.tasks ?? [];
        const index = tasks.findIndex((other) => isSameSync(other, task));
        if (index >= 0) tasks[index] = task;
    }

    #withNumberTaken<Numbered extends { number: number }>(record: Numbered): Numbered {
        this.#lastNumber = Math.max(this.#lastNumber, record.number);
        return record;
    }
}

/** Whether two tasks sync the same folder in the same direction. */
export const isSameSync = (a: SyncTask, b: SyncTask): boolean =>
    a.path === b.path && a.contextId === b.contextId && a.taskType === b.taskType;

function upgradeEntry(entry: Entry | LegacyEntry): Entry {
    if ("contextGone" in entry) return { contextRemoved: entry.contextGone };
    if ("sessionGone" in entry) return { sessionRemoved: entry.sessionGone };
    if (!("context" in entry) || "uploadModes" in entry.context) return entry as Entry;
    const { ofSession, uploadMode, ...context } = entry.context;
    // The mode applied to the whole context, which was mounted at these paths.
    const paths = uploadMode === undefined ? [] : Object.keys(context.recycling);
    const uploadModes = Object.fromEntries(paths.map((path) => [path, uploadMode as UploadMode]));
    return { context: { ...context, uploadModes, ...(ofSession !== undefined && { ownerSessionId: ofSession }) } };
}

/** An unguessable id that is never used twice. */
export const randomId = (prefix: string): string => `${prefix}${randomBytes(12).toString("hex")}`;
