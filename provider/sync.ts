/** The resource `Sync`: its arguments and its class. */
import type { Input, Output } from "@pulumi/pulumi";
import type { OnSyncFailure, SyncMode, SyncStatus } from "./agb/policy";
import type { Context } from "./context";
import { withContextId, withSessionId } from "./contextId";
import { syncDefinition } from "./definitions/sync";
import { AgbResource, type AgbResourceOptions } from "./dynamic/resource";
import type { ContextStatus, Session } from "./session";

/** Arguments for {@link Sync}. */
export type SyncArgs = {
    /** The session whose mounts are synced, or its id. A change syncs again. */
    sessionId: Input<string | Session>;
    /**
     * The direction: `upload` copies from the session to the context, `download` from the context to the session. The
     * policy of the mount does not restrict it. A change syncs again.
     *
     * @default "upload"
     */
    mode?: Input<SyncMode & {}>;
    /**
     * Values of any type, including assets. A change of any of them syncs again.
     *
     * @default []
     */
    triggers?: Input<Input<unknown>[]>;
    /**
     * Wait until the sync ends (in the foreground), or only until it has started (in the background). A sync in the
     * background never fails a deployment; `pulumi refresh` or `pulumi up --refresh` updates its outputs.
     *
     * @default true
     */
    wait?: Input<boolean>;
    /**
     * What happens to the deployment if a sync in the foreground fails: `fail` lets it fail, `report` only shows the failure
     * in the outputs.
     *
     * @default "fail"
     */
    onSyncFailure?: Input<OnSyncFailure & {}>;
} & (
    | {
          /**
           * The context of the mount to sync, or its id. Set it together with `path`, or not at all. A change syncs again.
           *
           * @default every mount of the session
           */
          contextId: Input<string | Context>;
          /**
           * The absolute path of the mount in the session, or of a folder below it. Set it together with `contextId`, or
           * not at all. A change syncs again.
           *
           * @default every mount of the session
           */
          path: Input<string>;
      }
    | { contextId?: undefined; path?: undefined }
);

/**
 * A manual sync: copies files between a running session and the contexts that it mounts. It runs once, and again whenever
 * the session, the mount, the mode or one of the `triggers` changes. It waits at most for `customTimeouts.create` (5 minutes
 * by default).
 *
 * Deleting the resource deletes nothing: what was copied stays. If the session is gone, a refresh removes the sync from the
 * state.
 *
 * An upload is refused if the first download of the mount failed, because it could empty the context.
 *
 * @throws A mount was not synced in time. The next `pulumi up` repeats it. With `onSyncFailure: "report"`, or in the background, this is not an error.
 * @throws The session does not mount the context at the path.
 * @throws An upload could empty the context, because the first download of the mount failed.
 * @example
 * // In the foreground: the deployment continues after all mounts are uploaded.
 * const saved = new agb.Sync("saved", { sessionId: session.id, triggers: [release] });
 * export const savedAt = saved.finishedAt;
 *
 * @example
 * // One mount in the background. `pulumi up --refresh` shows the outcome.
 * new agb.Sync("backup", { sessionId: session.id, contextId: context.id, path: "/home/work", wait: false });
 *
 * @example
 * // Download a file that was added to the context after the session started.
 * const prompt = new agb.ContextFile("prompt", { contextId: context.id, path: "/home/work/prompt.md", content: "Be brief." });
 * new agb.Sync("fetch", { sessionId: session.id, contextId: context.id, path: "/home/work", mode: "download", triggers: [prompt.hash] });
 */
export class Sync extends AgbResource<Sync, SyncArgs> {
    /**
     * The tasks of this sync, one for each mount. If a newer sync of the mount starts before the end of a task was
     * observed, the task stays `Pending`. A secret if `contextId` or `path` is. For a sync of every mount, the option
     * `additionalSecretOutputs: ["contextStatuses"]` makes it a secret.
     */
    declare readonly contextStatuses: Output<ContextStatus[]>;
    /** Summarizes all tasks: `Success`, `Failed`, `Pending`, or `None` if the session mounts nothing. */
    declare readonly syncStatus: Output<SyncStatus>;
    /** The start time by the clock of AGB, as an ISO 8601 date. Absent before the start. */
    declare readonly startedAt: Output<string | undefined>;
    /** The end time of the last task by the clock of AGB, as an ISO 8601 date. Absent before the end. */
    declare readonly finishedAt: Output<string | undefined>;
    /** The configured value. */
    declare readonly sessionId: Output<string>;
    /** The configured value. */
    declare readonly contextId: Output<string | undefined>;
    /** The configured value. */
    declare readonly path: Output<string | undefined>;
    /** The configured value. */
    declare readonly mode: Output<SyncMode>;
    /** The configured value. */
    declare readonly triggers: Output<unknown[]>;
    /** The configured value. */
    declare readonly wait: Output<boolean>;
    /** The configured value. */
    declare readonly onSyncFailure: Output<OnSyncFailure>;

    constructor(name: string, args: SyncArgs, opts?: AgbResourceOptions) {
        super(syncDefinition, name, withSessionId(withContextId(args)), opts);
    }
}
