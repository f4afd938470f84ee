/** The account's sessions: creates and finds them, and syncs their mounts. */
import { SyncMode } from "../provider/agb/policy";
import { SESSION_NOT_FOUND } from "../provider/agb/wire";
import { randomId, type Account, type ContextRecord, type Mount, type SessionRecord } from "./account";
import { ApiError, invalidParameter } from "./apiError";
import type { Clock } from "./clock";
import type { Contexts } from "./contexts";
import type { ContextFiles } from "./disk/contextFiles";
import type { History } from "./history";
import { findMount, resolveMounts, type MountRequest } from "./mounts";
import type { SessionExpiry } from "./sessionExpiry";
import type { SessionReleases } from "./sessionReleases";
import type { Syncs } from "./sync/syncs";
import { forgetSession } from "./tools/index";
import type { Workspaces } from "./workspaces";

const TRANSFER_FOLDER = "/tmp/file_transfer";

export interface CreateSessionRequest {
    imageId: string;
    labels: Record<string, string>;
    mounts: MountRequest[];
    policyId?: string;
    idleSeconds?: number;
    /** Injected fault: the first downloads fail. */
    failSyncs?: boolean;
}

/** What sessions are built from. */
export interface SessionParts {
    account: Account;
    contexts: Contexts;
    files: ContextFiles;
    syncs: Syncs;
    workspaces: Workspaces;
    releases: SessionReleases;
    expiry: SessionExpiry;
    history: History;
    clock: Clock;
    /** The idle timeout of sessions that do not set their own. */
    defaultIdleSeconds: number;
}

export class Sessions {
    readonly #parts: SessionParts;

    constructor(parts: SessionParts) {
        this.#parts = parts;
    }

    /** Resumes what was in progress when the server stopped. */
    async resume(): Promise<void> {
        const { account, workspaces, syncs, releases, expiry } = this.#parts;
        await workspaces.discardOrphans((id) => account.sessions.has(id));
        for (const session of account.sessions.values()) {
            expiry.touch(session);
            syncs.resume(session);
            if (session.releasing) releases.resume(session);
        }
        await expiry.start();
    }

    async create(request: CreateSessionRequest): Promise<SessionRecord> {
        const { account, contexts, files, workspaces, syncs, expiry, history, clock, defaultIdleSeconds } = this.#parts;
        const mounts = await resolveMounts(request.mounts, contexts, files);
        await contexts.recordMounts(mounts);
        const session: SessionRecord = {
            id: randomId("session-"),
            number: account.nextNumber(),
            imageId: request.imageId,
            labels: request.labels,
            ...(request.policyId !== undefined && { policyId: request.policyId }),
            mounts,
            tasks: [],
            idleSeconds: request.idleSeconds ?? defaultIdleSeconds,
            createdAt: clock.now(),
            appInstanceId: randomId("app-"),
            resourceId: randomId("res-"),
            token: randomId("token-"),
            releasing: false,
        };
        await workspaces.create(
            session.id,
            mounts.map((mount) => mount.path),
        );
        expiry.touch(session);
        account.sessions.set(session.id, session);
        history.record(session, { kind: "created" });
        const downloads = mounts.filter((mount) => mount.policy.downloadPolicy.autoDownload);
        await syncs.start(
            session,
            downloads.map((mount) => ({
                mount,
                path: mount.path,
                type: SyncMode.Download,
                ...(request.failSyncs && { fail: true }),
            })),
        );
        expiry.schedule();
        return session;
    }

    /** Running sessions, newest first. */
    list(): SessionRecord[] {
        return this.#parts.account.liveSessions();
    }

    /** A running session. */
    get(id: string, notFoundCode = SESSION_NOT_FOUND): SessionRecord {
        const session = this.#parts.account.sessions.get(id);
        if (session === undefined || session.releasing) throw new ApiError(notFoundCode, `session ${id} not found`);
        return session;
    }

    /** `DELETING` while a released session's uploads are running. */
    status(id: string): "RUNNING" | "DELETING" {
        if (this.#parts.account.sessions.get(id)?.releasing) return "DELETING";
        this.get(id);
        return "RUNNING";
    }

    async setLabels(session: SessionRecord, labels: Record<string, string>): Promise<void> {
        session.labels = labels;
        await this.#parts.account.saveSession(session);
    }

    /** Syncs one mount, a folder below one, or all mounts. `fail` is an injected fault: the tasks fail. */
    async sync(
        session: SessionRecord,
        type: SyncMode,
        target: { contextId: string; path: string } | undefined,
        fail: boolean,
    ): Promise<void> {
        this.#parts.expiry.touch(session);
        const requests = target
            ? [{ mount: this.#requireMount(session, target.contextId, target.path), path: target.path }]
            : session.mounts.map((mount) => ({ mount, path: mount.path }));
        await this.#parts.syncs.start(
            session,
            requests.map((request) => ({ ...request, type, fail })),
        );
    }

    /** The hidden context through which clients transfer files to and from the session. */
    async transferContext(session: SessionRecord): Promise<{ context: ContextRecord; path: string }> {
        const { account, contexts, workspaces } = this.#parts;
        const context =
            [...account.contexts.values()].find(({ ownerSessionId }) => ownerSessionId === session.id) ??
            (await contexts.create({
                name: `file_transfer-${session.id}`,
                region: "",
                ownerSessionId: session.id,
            }));
        await workspaces.createFolders(session.id, [TRANSFER_FOLDER]);
        return { context, path: TRANSFER_FOLDER };
    }

    /** Ends the commands that run in sessions. The sessions themselves remain. */
    async stop(): Promise<void> {
        await Promise.all([...this.#parts.account.sessions.keys()].map(forgetSession));
    }

    #requireMount(session: SessionRecord, contextId: string, path: string): Mount {
        const mount = findMount(this.#parts.account, session, contextId, path);
        if (mount === undefined) {
            throw invalidParameter(`context ${contextId} is not mounted at ${path} in session ${session.id}`);
        }
        return mount;
    }
}
