import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import type { OnSyncFailure, SyncMode, SyncStatus } from "./agb/policy";
import { syncDefinition } from "./definitions/sync";
import { AgbResource } from "./dynamic/resource";
import type { ContextStatus } from "./session";

/** What a {@link Sync} is to do. */
export interface SyncArgs {
    /** The id of the session whose mounts are synced. A change syncs again. */
    sessionId: Input<string>;
    /**
     * The context of the mount that is synced; with `path`, or not at all. A change syncs again.
     *
     * @default every mount of the session
     */
    contextId?: Input<string>;
    /**
     * The absolute path of the mount in the session, or of a folder below it; with `contextId`, or not at all. A change syncs again.
     *
     * @default every mount of the session
     */
    path?: Input<string>;
    /**
     * Where the files go: `upload`, from the session to the context, or `download`, from the context to the session. It works
     * whatever the mount's policy says about doing it automatically. A change syncs again.
     *
     * @default "upload"
     */
    mode?: Input<SyncMode>;
    /**
     * Values of any kind, assets among them. Whenever one of them changes, it syncs again.
     *
     * @default []
     */
    triggers?: Input<Input<unknown>[]>;
    /**
     * Wait until the sync is over (in the foreground), or only until it has begun (in the background). Of a sync in the background
     * `pulumi refresh`, or `pulumi up --refresh`, brings the outcome into the outputs; it never fails a deployment.
     *
     * @default true
     */
    wait?: Input<boolean>;
    /**
     * What becomes of the deployment when a sync that is waited for fails: `fail`, or `report` in the outputs alone.
     *
     * @default "fail"
     */
    onSyncFailure?: Input<OnSyncFailure>;
}

/**
 * A manual sync: copies files between a running session and the contexts that it mounts, now rather than at the session's end.
 * It is done once, and again whenever the session, the mount, the mode or one of the `triggers` changes.
 *
 * There is nothing to delete: what was copied stays. When the session is gone, a refresh drops the sync from the state.
 *
 * An upload is refused while the mount's first download has failed, since it could empty the context.
 *
 * @example
 * // In the foreground: the deployment goes on when all mounts are uploaded.
 * const saved = new agb.Sync("saved", { sessionId: session.id, triggers: [release] });
 * export const savedAt = saved.finishedAt;
 *
 * @example
 * // In the background, of one mount. `pulumi up --refresh` shows how it went.
 * new agb.Sync("backup", { sessionId: session.id, contextId: context.id, path: "/home/work", wait: false });
 *
 * @example
 * // Bring a file that was put into the context since the session began.
 * const prompt = new agb.ContextFile("prompt", { contextId: context.id, path: "/home/work/prompt.md", content: "Be brief." });
 * new agb.Sync("fetch", { sessionId: session.id, contextId: context.id, path: "/home/work", mode: "download", triggers: [prompt.hash] });
 */
export class Sync extends AgbResource<Sync, SyncArgs> {
    /** This sync's own tasks, one a mount. Times are epoch numbers. A newer sync's outcome is never shown here: one that came too soon leaves `Pending`. Secret where `contextId` or `path` is; of a sync of every mount add `additionalSecretOutputs: ["contextStatuses"]` where they are to be. */
    declare readonly contextStatuses: Output<ContextStatus[]>;
    /** All of them in one word: `Success`, `Failed`, `Pending` while it runs, or `None` where the session mounts nothing. */
    declare readonly syncStatus: Output<SyncStatus>;
    /** When it began, as an ISO date by the service's clock. Absent until it has begun. */
    declare readonly startedAt: Output<string | undefined>;
    /** When the last mount was through, as an ISO date by the service's clock. Absent until then. */
    declare readonly finishedAt: Output<string | undefined>;
    /** As given. */
    declare readonly sessionId: Output<string>;
    /** As given. */
    declare readonly contextId: Output<string | undefined>;
    /** As given. */
    declare readonly path: Output<string | undefined>;
    /** As given. */
    declare readonly mode: Output<SyncMode>;
    /** As given. */
    declare readonly triggers: Output<unknown[]>;
    /** As given. */
    declare readonly wait: Output<boolean>;
    /** As given. */
    declare readonly onSyncFailure: Output<OnSyncFailure>;

    /**
     * Syncs, and waits at the most as long as `customTimeouts.create` says (5 minutes).
     *
     * @param name The resource's name in the program.
     * @throws A mount was not synced, or not in time: the next `pulumi up` repeats it. With `onSyncFailure: "report"`, or in the background, this is no error.
     * @throws The session does not mount that context at that path.
     * @throws It is an upload, and the mount's download failed before: it could empty the context.
     */
    constructor(name: string, args: SyncArgs, opts?: CustomResourceOptions) {
        super(syncDefinition, name, args, opts);
    }
}
