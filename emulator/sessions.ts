import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { SyncMode, type SyncMode as Mode } from "../provider/agb/policy";
import { SESSION_NOT_FOUND, syncPolicySchema } from "../provider/agb/wire";
import { randomId, type Account, type ContextRecord, type Mount, type SessionRecord } from "./account";
import type { Clock } from "./clock";
import type { Contexts } from "./contexts";
import { relative, isUnder } from "./sync/plan";
import type { Trash } from "./disk/trash";
import { messageWithoutPaths } from "./messageWithoutPaths";
import type { Syncs } from "./sync/syncs";
import { normalSessionPath, WRITABLE_FOLDERS, type SessionSpace } from "./paths";
import { invalidParameter, ApiError } from "./apiError";
import { forgetSession } from "./tools/index";

/** However it is used, a session lives no longer. */
export const LONGEST_LIFE_SECONDS = 30 * 60;
const TRANSFER_FOLDER = "/tmp/file_transfer";
/** Timers cannot wait longer than this. */
const LONGEST_WAIT = 2 ** 31 - 1;

export interface CreateSessionRequest {
    imageId: string;
    labels: Record<string, string>;
    mounts: Mount[];
    policyId?: string;
    idleSeconds?: number;
    failSyncs?: boolean;
}

/** The account's sessions, from their creation to the end of their last upload. */
export class Sessions {
    readonly #folder: string;
    readonly #account: Account;
    readonly #contexts: Contexts;
    readonly #syncs: Syncs;
    readonly #clock: Clock;
    readonly #trash: Trash;
    readonly #idleSeconds: number;
    readonly #warn: (message: string) => void;
    readonly #lastUse = new Map<string, number>();
    readonly #activeCalls = new Map<string, number>();
    readonly #releasing = new Map<string, Promise<void>>();
    #timer: NodeJS.Timeout | undefined;
    #stopped = false;

    constructor(
        folder: string,
        account: Account,
        contexts: Contexts,
        syncs: Syncs,
        clock: Clock,
        trash: Trash,
        idleSeconds: number,
        warn: (message: string) => void,
    ) {
        this.#folder = folder;
        this.#account = account;
        this.#contexts = contexts;
        this.#syncs = syncs;
        this.#clock = clock;
        this.#trash = trash;
        this.#idleSeconds = idleSeconds;
        this.#warn = warn;
    }

    /** Goes on with what was under way when the server was stopped. */
    async resume(): Promise<void> {
        await mkdir(join(this.#folder, "sessions"), { recursive: true });
        for (const id of await readdir(join(this.#folder, "sessions"))) {
            if (!this.#account.sessions.has(id)) await this.#trash.moveToTrash(join(this.#folder, "sessions", id));
        }
        for (const session of this.#account.sessions.values()) {
            this.#lastUse.set(session.id, this.#clock.now());
            this.#syncs.resume(session, (task) => this.#mountOf(session, task.contextId, task.path));
            if (session.releasing) void this.#startRelease(session);
        }
        this.#clock.onAdvance(async () => {
            await Promise.all(this.#releaseExpired());
        });
        await Promise.all(this.#releaseExpired());
    }

    async create(order: CreateSessionRequest): Promise<SessionRecord> {
        const session: SessionRecord = {
            id: randomId("session-"),
            number: this.#account.nextNumber(),
            imageId: order.imageId,
            labels: order.labels,
            ...(order.policyId !== undefined && { policyId: order.policyId }),
            mounts: order.mounts,
            tasks: [],
            idleSeconds: order.idleSeconds ?? this.#idleSeconds,
            createdAt: this.#clock.now(),
            appInstanceId: randomId("app-"),
            resourceId: randomId("res-"),
            token: randomId("token-"),
            releasing: false,
        };
        const { root } = this.space(session.id);
        for (const folder of [...WRITABLE_FOLDERS, ...order.mounts.map((mount) => relative(mount.path))])
            await mkdir(join(root, folder), { recursive: true });
        this.#lastUse.set(session.id, this.#clock.now());
        this.#account.sessions.set(session.id, session);
        const downloads = order.mounts.filter((mount) => mount.policy.downloadPolicy.autoDownload);
        await this.#syncs.start(
            session,
            downloads.map((mount) => ({
                mount,
                path: mount.path,
                type: SyncMode.Download,
                ...(order.failSyncs && { fail: true }),
            })),
        );
        this.#schedule();
        return session;
    }

    /** Those that live, newest first. */
    list(): SessionRecord[] {
        return [...this.#account.sessions.values()]
            .filter((session) => !session.releasing)
            .sort((a, b) => b.number - a.number);
    }

    /** A session that lives. */
    get(id: string, code = SESSION_NOT_FOUND): SessionRecord {
        const session = this.#account.sessions.get(id);
        if (session === undefined || session.releasing) throw new ApiError(code, `session ${id} not found`);
        return session;
    }

    /** `DELETING` while the uploads of a released session go on. */
    status(id: string): "RUNNING" | "DELETING" {
        return this.#account.sessions.get(id)?.releasing ? "DELETING" : (this.get(id), "RUNNING");
    }

    space(id: string): SessionSpace {
        return { sessionId: id, root: join(this.#folder, "sessions", id, "root") };
    }

    /** Begins the idle time anew. */
    touch(session: SessionRecord): void {
        this.#lastUse.set(session.id, this.#clock.now());
    }

    /** Lets the session not become idle as long as the work lasts. */
    async whileBusy<Result>(session: SessionRecord, work: () => Promise<Result>): Promise<Result> {
        this.#activeCalls.set(session.id, (this.#activeCalls.get(session.id) ?? 0) + 1);
        try {
            return await work();
        } finally {
            this.#activeCalls.set(session.id, (this.#activeCalls.get(session.id) ?? 1) - 1);
            this.touch(session);
        }
    }

    async setLabels(session: SessionRecord, labels: Record<string, string>): Promise<void> {
        session.labels = labels;
        await this.#account.saveSession(session);
    }

    /** Syncs one mount, a folder below one, or all of them. */
    async sync(
        session: SessionRecord,
        type: Mode,
        where: { contextId: string; path: string } | undefined,
        fail: boolean,
    ): Promise<void> {
        this.touch(session);
        const mounts = where
            ? [{ mount: this.#mounted(session, where.contextId, where.path), path: where.path }]
            : session.mounts.map((mount) => ({ mount, path: mount.path }));
        await this.#syncs.start(
            session,
            mounts.map((order) => ({ ...order, type, fail })),
        );
    }

    /** The hidden context through which files are sent to and fetched from the session. */
    async transferContext(session: SessionRecord): Promise<{ context: ContextRecord; path: string }> {
        const context =
            [...this.#account.contexts.values()].find(({ ownerSessionId }) => ownerSessionId === session.id) ??
            (await this.#contexts.create({
                name: `file_transfer-${session.id}`,
                region: "",
                ownerSessionId: session.id,
            }));
        await mkdir(join(this.space(session.id).root, TRANSFER_FOLDER), { recursive: true });
        return { context, path: TRANSFER_FOLDER };
    }

    /** Answers when the release is on disk; the result resolves when the last upload has ended and the session is gone. */
    async release(session: SessionRecord): Promise<{ gone: Promise<void> }> {
        session.releasing = true;
        const saved = this.#account.saveSession(session);
        const gone = this.#startRelease(session, saved);
        await saved;
        return { gone };
    }

    /** Resolves when all released sessions are gone, or have come as far as they do while the server stops. */
    async whenIdle(): Promise<void> {
        while (this.#releasing.size > 0) await Promise.all(this.#releasing.values());
    }

    /** Ends the commands that run in sessions; the sessions stay, those too whose release has not come to its end. */
    async stop(): Promise<void> {
        this.#stopped = true;
        clearTimeout(this.#timer);
        await Promise.all([...this.#account.sessions.keys()].map(forgetSession));
    }

    #startRelease(session: SessionRecord, saved: Promise<void> = Promise.resolve()): Promise<void> {
        const gone = saved
            .then(
                () =>
                    this.#finishRelease(session).catch((error: unknown) =>
                        this.#warn(`session ${session.id} could not be taken away: ${messageWithoutPaths(error)}`),
                    ),
                // Who asked for the release is told.
                () => undefined,
            )
            .finally(() => this.#releasing.delete(session.id));
        this.#releasing.set(session.id, gone);
        return gone;
    }

    async #finishRelease(session: SessionRecord): Promise<void> {
        await forgetSession(session.id);
        await this.#syncs.idle(session);
        const uploads = session.mounts.filter(
            (mount) => mount.policy.uploadPolicy.autoUpload && this.#hasDownloaded(session, mount),
        );
        await this.#syncs.start(
            session,
            uploads.map((mount) => ({ mount, path: mount.path, type: SyncMode.Upload })),
        );
        await this.#syncs.idle(session);
        // What was not begun any more is not uploaded: the release goes on when the server is started again.
        if (this.#stopped) return;
        const lost = session.tasks.filter(
            (task) =>
                task.taskType === SyncMode.Upload &&
                task.status === "Failed" &&
                this.#account.contexts.has(task.contextId),
        );
        const folder = join(this.#folder, "sessions", session.id);
        if (lost.length > 0) {
            const kept = join(this.#folder, "unsaved", session.id);
            await mkdir(join(this.#folder, "unsaved"), { recursive: true });
            // They are there already where the server was killed right after this.
            await rename(folder, kept).catch((error: unknown) => {
                if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
            });
            this.#warn(
                `session ${session.id} was released, but ${lost.map((task) => task.errorMessage).join("; ")}. Its files are kept in ${kept}`,
            );
        }
        for (const context of [...this.#account.contexts.values()])
            if (context.ownerSessionId === session.id) await this.#contexts.delete(context.id);
        await this.#account.removeSession(session.id);
        this.#lastUse.delete(session.id);
        this.#activeCalls.delete(session.id);
        if (lost.length === 0) await this.#trash.moveToTrash(folder);
    }

    /** Whether the mount holds what its context held: uploading one whose download failed would remove the rest from the context. */
    #hasDownloaded(session: SessionRecord, mount: Mount): boolean {
        return !session.tasks.some(
            (task) =>
                task.contextId === mount.contextId &&
                relative(task.path) === relative(mount.path) &&
                task.taskType === SyncMode.Download &&
                task.status !== "Success",
        );
    }

    #mounted(session: SessionRecord, contextId: string, path: string): Mount {
        const mount = this.#mountOf(session, contextId, path);
        if (mount === undefined)
            throw invalidParameter(`context ${contextId} is not mounted at ${path} in session ${session.id}`);
        return mount;
    }

    #mountOf(session: SessionRecord, contextId: string, path: string): Mount | undefined {
        if (this.#account.contexts.get(contextId)?.ownerSessionId === session.id) return transferMount(contextId, path);
        return session.mounts.find(
            (mount) => mount.contextId === contextId && isUnder(relative(path), relative(mount.path)),
        );
    }

    /** Releases what is due, and wakes up again when the next one is. */
    #releaseExpired(): Promise<unknown>[] {
        const due = this.list().filter((session) => this.dueAt(session) <= this.#clock.now());
        const releases = due.map((session) =>
            this.release(session).catch((error: unknown) =>
                this.#warn(`session ${session.id} could not be released: ${messageWithoutPaths(error)}`),
            ),
        );
        this.#schedule();
        return releases;
    }

    #schedule(): void {
        clearTimeout(this.#timer);
        const next = Math.min(...this.list().map((session) => this.dueAt(session)));
        if (!Number.isFinite(next)) return;
        // Uses only move the moment back, so waking up for one that was due earlier does no harm.
        this.#timer = setTimeout(
            () => void this.#releaseExpired(),
            Math.min(Math.max(next - this.#clock.now(), 50), LONGEST_WAIT),
        );
        this.#timer.unref();
    }

    /** When a session is released if it is not used until then. */
    dueAt(session: SessionRecord): number {
        const end = session.createdAt + LONGEST_LIFE_SECONDS * 1000;
        if ((this.#activeCalls.get(session.id) ?? 0) > 0) return Math.max(end, this.#clock.now() + 1000);
        return Math.min(end, (this.#lastUse.get(session.id) ?? session.createdAt) + session.idleSeconds * 1000);
    }
}

/** File transfer reaches any writable folder, and takes nothing away on either side. */
function transferMount(contextId: string, path: string): Mount {
    return {
        contextId,
        path: normalSessionPath(path),
        policy: syncPolicySchema.parse({ deletePolicy: { syncLocalFile: false } }),
    };
}
