import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { SyncMode, UploadMode } from "../provider/agb/policy";
import type { SyncPolicy, SyncTask } from "../provider/agb/wire";
import { Journal } from "./journal";

export interface ContextRecord {
    id: string;
    /** Counts up from context to context, so that pages have an order that lasts. */
    number: number;
    name: string;
    region: string;
    createdAt: number;
    lastUsedAt: number;
    state: "available" | "clearing";
    /** Counts up when it is cleared: each generation has a folder of its own. */
    generation: number;
    /** How its data is kept, once a session has uploaded some. */
    uploadMode?: UploadMode;
    /** The recycle policy of each mount path that ever named one. */
    recycling: Record<string, SyncPolicy["recyclePolicy"]>;
    /** The session that it belongs to when it serves file transfer: it is listed nowhere and goes with the session. */
    ownerSessionId?: string;
}

export interface Mount {
    contextId: string;
    path: string;
    policy: SyncPolicy;
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
    /** One for each context, path and type: the newest. */
    tasks: TaskRecord[];
    idleSeconds: number;
    createdAt: number;
    appInstanceId: string;
    resourceId: string;
    token: string;
    /** Released, and its last uploads not yet done. */
    releasing: boolean;
}

type Entry =
    | { context: ContextRecord }
    | { contextRemoved: string }
    | { session: SessionRecord }
    | { sessionRemoved: string }
    | { number: number };

/** Everything that the account holds but the files themselves: in memory, and on disk before anybody is told. */
export class Account {
    readonly contexts = new Map<string, ContextRecord>();
    readonly sessions = new Map<string, SessionRecord>();
    #lastNumber = 0;
    #journal!: Journal<Entry>;

    static async open(dataFolder: string): Promise<Account> {
        const account = new Account();
        account.#journal = await Journal.open<Entry>(
            join(dataFolder, "state.jsonl"),
            (entry) => account.#replay(entry),
            () => account.#entries(),
        );
        return account;
    }

    nextNumber(): number {
        return ++this.#lastNumber;
    }

    saveContext(context: ContextRecord): Promise<void> {
        this.contexts.set(context.id, context);
        return this.#journal.append({ context });
    }

    removeContext(id: string): Promise<void> {
        this.contexts.delete(id);
        return this.#journal.append({ contextRemoved: id });
    }

    saveSession(session: SessionRecord): Promise<void> {
        this.sessions.set(session.id, session);
        return this.#journal.append({ session });
    }

    removeSession(id: string): Promise<void> {
        this.sessions.delete(id);
        return this.#journal.append({ sessionRemoved: id });
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
        else if ("context" in entry) this.contexts.set(entry.context.id, this.#counted(entry.context));
        else this.sessions.set(entry.session.id, this.#counted(entry.session));
    }

    #counted<Record extends { number: number }>(record: Record): Record {
        this.#lastNumber = Math.max(this.#lastNumber, record.number);
        return record;
    }
}

/** A name that cannot be guessed and comes only once. */
export const randomId = (prefix: string): string => `${prefix}${randomBytes(12).toString("hex")}`;
