/** The release of sessions, from the request to the end of the last upload. */
import { SyncMode } from "../provider/agb/policy";
import type { Account, Mount, SessionRecord, TaskRecord } from "./account";
import type { Contexts } from "./contexts";
import type { History, ReleaseReason } from "./history";
import { messageWithoutPaths } from "./messageWithoutPaths";
import { mountsWithoutData, unrepairedTasks } from "./mounts";
import type { Syncs } from "./sync/syncs";
import { forgetSession } from "./tools/index";
import type { Workspaces } from "./workspaces";

export class SessionReleases {
    readonly #account: Account;
    readonly #contexts: Contexts;
    readonly #syncs: Syncs;
    readonly #workspaces: Workspaces;
    readonly #history: History;
    readonly #warn: (message: string) => void;
    readonly #running = new Map<string, Promise<void>>();
    #stopped = false;

    constructor(
        account: Account,
        contexts: Contexts,
        syncs: Syncs,
        workspaces: Workspaces,
        history: History,
        warn: (message: string) => void,
    ) {
        this.#account = account;
        this.#contexts = contexts;
        this.#syncs = syncs;
        this.#workspaces = workspaces;
        this.#history = history;
        this.#warn = warn;
    }

    /** Resolves once the release is on disk; `finished` resolves when the last upload has ended and the session no longer exists. */
    async release(session: SessionRecord, reason: ReleaseReason): Promise<{ finished: Promise<void> }> {
        session.releasing = true;
        this.#history.record(session, { kind: "release", reason });
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
        // Uploading a mount without the data of its context would delete that data.
        const withheld = mountsWithoutData(session);
        const uploads = session.mounts.filter((mount) => mount.policy.uploadPolicy.autoUpload && !withheld.has(mount));
        await this.#syncs.start(
            session,
            uploads.map((mount) => ({ mount, path: mount.path, type: SyncMode.Upload, endsEarly: true })),
        );
        await this.#syncs.whenIdle(session);
        // Uploads that were not started yet run when the release is resumed.
        if (this.#stopped) return;
        const reasons = [...(await this.#notBegun(session, withheld)), ...this.#failed(session)];
        if (reasons.length > 0) {
            const summary = `session ${session.id} was released, but ${reasons.join("; ")}`;
            const location = await this.#workspaces.keepUnsaved(session.id, summary);
            this.#warn(`${summary}. Its files are kept in ${location}`);
        }
        await this.#contexts.deleteOwnedBy(session.id);
        await this.#account.removeSession(session.id);
        this.#history.record(session, { kind: "released", failure: reasons.join("; ") });
        if (reasons.length === 0) await this.#workspaces.discard(session.id);
    }

    /** Why files are not uploaded: the last download of their mount failed. */
    async #notBegun(session: SessionRecord, withheld: ReadonlyMap<Mount, TaskRecord>): Promise<string[]> {
        const reasons: string[] = [];
        for (const [{ contextId, path, policy }, { errorMessage }] of withheld) {
            const isMeantToUpload = policy.uploadPolicy.autoUpload && this.#account.contexts.has(contextId);
            if (isMeantToUpload && (await this.#workspaces.hasFiles(session.id, path))) {
                reasons.push(`${path} was not uploaded, because its last download failed (${errorMessage})`);
            }
        }
        return reasons;
    }

    /** Why uploads failed. What belongs to a deleted context is deleted with it. */
    #failed(session: SessionRecord): string[] {
        return unrepairedTasks(session, SyncMode.Upload)
            .filter(
                ({ contextId }) =>
                    this.#account.contexts.has(contextId) &&
                    session.mounts.some((mount) => mount.contextId === contextId),
            )
            .map(({ errorMessage }) => errorMessage);
    }
}
