/** The release of sessions, from the request to the end of the last upload. */
import { SyncMode } from "../provider/agb/policy";
import type { Account, SessionRecord, TaskRecord } from "./account";
import type { Contexts } from "./contexts";
import { messageWithoutPaths } from "./messageWithoutPaths";
import { hasDownloaded } from "./mounts";
import type { Syncs } from "./sync/syncs";
import { forgetSession } from "./tools/index";
import type { Workspaces } from "./workspaces";

export class SessionReleases {
    readonly #account: Account;
    readonly #contexts: Contexts;
    readonly #syncs: Syncs;
    readonly #workspaces: Workspaces;
    readonly #warn: (message: string) => void;
    readonly #running = new Map<string, Promise<void>>();
    #stopped = false;

    constructor(
        account: Account,
        contexts: Contexts,
        syncs: Syncs,
        workspaces: Workspaces,
        warn: (message: string) => void,
    ) {
        this.#account = account;
        this.#contexts = contexts;
        this.#syncs = syncs;
        this.#workspaces = workspaces;
        this.#warn = warn;
    }

    /** Resolves once the release is on disk; `finished` resolves when the last upload has ended and the session no longer exists. */
    async release(session: SessionRecord): Promise<{ finished: Promise<void> }> {
        session.releasing = true;
        const saved = this.#account.saveSession(session);
        const finished = this.#startRelease(session, saved);
        await saved;
        return { finished };
    }

    /** Resumes a release that was in progress when the server stopped. */
    resume(session: SessionRecord): void {
        void this.#startRelease(session, Promise.resolve());
    }

    /** Resolves when every release has finished, or has stopped because the server is stopping. */
    async whenIdle(): Promise<void> {
        while (this.#running.size > 0) await Promise.all(this.#running.values());
    }

    /** Finishes no further release. They are resumed at the next start. */
    stop(): void {
        this.#stopped = true;
    }

    #startRelease(session: SessionRecord, saved: Promise<void>): Promise<void> {
        const finished = saved
            .then(
                () =>
                    this.#finishRelease(session).catch((error: unknown) =>
                        this.#warn(`session ${session.id} could not be removed: ${messageWithoutPaths(error)}`),
                    ),
                // The caller of release() reports that saving failed.
                () => undefined,
            )
            .finally(() => this.#running.delete(session.id));
        this.#running.set(session.id, finished);
        return finished;
    }

    async #finishRelease(session: SessionRecord): Promise<void> {
        await forgetSession(session.id);
        await this.#syncs.whenIdle(session);
        const uploads = session.mounts.filter(
            (mount) => mount.policy.uploadPolicy.autoUpload && hasDownloaded(session, mount),
        );
        await this.#syncs.start(
            session,
            uploads.map((mount) => ({ mount, path: mount.path, type: SyncMode.Upload })),
        );
        await this.#syncs.whenIdle(session);
        // Uploads that were not started yet run when the release is resumed.
        if (this.#stopped) return;
        const failures = this.#failedUploads(session);
        if (failures.length > 0) {
            const location = await this.#workspaces.keepUnsaved(session.id);
            const reasons = failures.map((task) => task.errorMessage).join("; ");
            this.#warn(`session ${session.id} was released, but ${reasons}. Its files are kept in ${location}`);
        }
        await this.#contexts.deleteOwnedBy(session.id);
        await this.#account.removeSession(session.id);
        if (failures.length === 0) await this.#workspaces.discard(session.id);
    }

    #failedUploads(session: SessionRecord): TaskRecord[] {
        return session.tasks.filter(
            (task) =>
                task.taskType === SyncMode.Upload &&
                task.status === "Failed" &&
                this.#account.contexts.has(task.contextId),
        );
    }
}
