/** The resource `Session`: its arguments and its class. */
import type { ID, Input, Output } from "@pulumi/pulumi";
import type { KnownImage, OnSyncFailure, SyncStatus } from "./agb/policy";
import type { Context } from "./context";
import { withContextIds } from "./contextId";
import { sessionDefinition } from "./definitions/session";
import { AgbResource, type AgbResourceOptions } from "./dynamic/resource";
import type { SyncPolicyArgs } from "./policy";

/** One context mounted in a session. */
export interface ContextSyncArgs {
    /** The context, or its id. */
    contextId: Input<string | Context>;
    /**
     * The absolute path of the mount in the session, below `/home` or `/tmp`.
     *
     * The data of a context is bound to the path at which it was written. A context that is mounted at another path
     * looks empty, unless `policy.mappingPolicy.path` is the old path.
     */
    path: Input<string>;
    /**
     * What is synced, when, and how. Omitted parts have the documented defaults.
     *
     * @default {}
     */
    policy?: Input<SyncPolicyArgs>;
}

/** Arguments for {@link Session}. */
export interface SessionArgs {
    /** The image of the sandbox: one of {@link KnownImage}, or another image of the account. A change replaces the session. */
    imageId: Input<KnownImage | (string & {})>;
    /**
     * Labels for finding the session. Keys and values are non-empty strings, together at most 8,000 bytes as JSON in a URL.
     * A change is made in place.
     *
     * @default {}
     */
    labels?: Input<Record<string, Input<string>>>;
    /**
     * The contexts that the session mounts. AGB fixes them at creation, so a change replaces the session. Their order
     * does not matter.
     *
     * @default []
     */
    contextSyncs?: Input<Input<ContextSyncArgs>[]>;
    /** The id of an MCP policy in the account. A change replaces the session. */
    policyId?: Input<string>;
    /**
     * The number of seconds without activity after which AGB releases the session. Every session ends 30 minutes after
     * its creation, whatever the value. A change replaces the session.
     *
     * @default 300
     */
    idleReleaseTimeout?: Input<number>;
    /**
     * Wait for the first download of every mount before the session counts as created.
     *
     * @default true
     */
    waitForSync?: Input<boolean>;
    /**
     * Upload the mounts before releasing the session, and release it only if the uploads succeed.
     *
     * @default true
     */
    syncOnDelete?: Input<boolean>;
    /**
     * What happens to the deployment if the first download of a mount fails: `fail` lets it fail, `report` only shows the
     * failure in the outputs.
     *
     * @default "fail"
     */
    onSyncFailure?: Input<OnSyncFailure & {}>;
    /**
     * Release the session even if its mounts could not be uploaded.
     *
     * @default false
     */
    forceDestroy?: Input<boolean>;
    /**
     * Replace the session in the first deployment that finds it with less than so many seconds to live, at most 1,500. Its
     * mounts are uploaded before it is released, without AGB's limit of one minute, and its commands run again in the new
     * session. Without it, only a session that AGB has released is replaced. `npx pulumi-agb keep` runs these deployments.
     */
    renewBefore?: Input<number>;
}

/** The sync status of one mount: its first download in a {@link Session}, its own task in a {@link Sync}. */
export interface ContextStatus {
    /** The id of the context. */
    contextId: string;
    /** The absolute path of the folder in the session. */
    path: string;
    /** `Success` or `Failed` at the end, `Pending` or another word before that, and `None` if there is nothing to download. */
    status: string;
    /** The direction: `download` or `upload`. */
    taskType: string;
    /** The start time since the epoch, in the unit of AGB. 0 if unknown. */
    startTime: number;
    /** The end time since the epoch, in the unit of AGB. 0 before the end. */
    finishTime: number;
    /** The reason for a failure, otherwise empty. */
    errorMessage: string;
}

/** A mount in the outputs of a {@link Session}, with every default filled in. */
export interface ContextSync {
    /** The configured value. */
    contextId: string;
    /** The configured value. */
    path: string;
    /** The parts of the {@link SyncPolicyArgs} that differ from their defaults. Absent if there are none. */
    policy?: object;
}

/**
 * A sandbox that mounts contexts as folders. Its creation waits until the data of every mount has arrived, at most for
 * `customTimeouts.create` (5 minutes by default). Its deletion uploads what was written before it releases the sandbox, at
 * most for `customTimeouts.delete`.
 *
 * Sessions are short-lived: AGB releases idle ones early, and every session after 30 minutes. The next `pulumi up`
 * creates a new one. The data in the contexts survives. Set the option `protect` on contexts, not on sessions: Pulumi
 * refuses to replace a protected session after AGB has released it.
 *
 * @throws A mount cannot be downloaded in time. The session stays, and the next `pulumi up` repairs it. With `onSyncFailure: "report"`, this is not an error.
 * @throws AGB rejects the session, for example because the image or a context does not exist.
 * @throws On deletion: A mount could not be uploaded. The session is kept unless `forceDestroy` is set.
 * @example
 * const work = new agb.Context("work");
 * const dev = new agb.Session("dev", {
 *     imageId: "agb-code-space-2",
 *     contextSyncs: [{ contextId: work.id, path: "/home/work" }],
 * });
 * export const syncStatus = dev.syncStatus;
 */
export class Session extends AgbResource<Session, SessionArgs> {
    /** The status that AGB reports, such as `RUNNING`; see {@link SessionStatus}. */
    declare readonly status: Output<string | undefined>;
    /** The status of the first download of every mount. A secret if any part of `contextSyncs` is. */
    declare readonly contextStatuses: Output<ContextStatus[]>;
    /** Summarizes all mounts: `Success`, `Failed`, `Pending`, or `None` if there is nothing to download. */
    declare readonly syncStatus: Output<SyncStatus>;
    /** When the session ends at the latest, as an ISO 8601 date. An idle session ends earlier. Absent after `get`. */
    declare readonly expiresAt: Output<string | undefined>;
    /** The URL of the sandbox for people. A secret. */
    declare readonly resourceUrl: Output<string | undefined>;
    /** The access token for `linkUrl`. A secret. */
    declare readonly token: Output<string | undefined>;
    /** The URL at which programs call the tools of the sandbox, if the image offers it. A secret. */
    declare readonly linkUrl: Output<string | undefined>;
    /** The WebSocket equivalent of `linkUrl`. A secret. */
    declare readonly wsUrl: Output<string | undefined>;
    /** All labels, including those that this package adds: `pulumi-project`, `pulumi-stack`, `pulumi-name`, `pulumi-create`. A secret, because a label may be one. */
    declare readonly allLabels: Output<Record<string, string>>;
    /** The configured value. */
    declare readonly imageId: Output<string>;
    /** The configured value. */
    declare readonly labels: Output<Record<string, string>>;
    /** The configured value, without the parts of policies that have their defaults. */
    declare readonly contextSyncs: Output<ContextSync[]>;
    /** The configured value. */
    declare readonly policyId: Output<string | undefined>;
    /** The configured value, in seconds. */
    declare readonly idleReleaseTimeout: Output<number>;
    /** The configured value. */
    declare readonly waitForSync: Output<boolean>;
    /** The configured value. */
    declare readonly syncOnDelete: Output<boolean>;
    /** The configured value. */
    declare readonly onSyncFailure: Output<OnSyncFailure>;
    /** The configured value. */
    declare readonly forceDestroy: Output<boolean>;
    /** The configured value, in seconds. */
    declare readonly renewBefore: Output<number | undefined>;

    constructor(name: string, args: SessionArgs, opts?: AgbResourceOptions) {
        super(sessionDefinition, name, withContextIds(args), opts);
    }

    /**
     * Refers to a running session without managing it.
     *
     * @throws The account has no session with that id.
     * @example
     * const running = agb.Session.get("running", sessionId);
     */
    static get(name: string, id: Input<ID>, opts?: AgbResourceOptions): Session {
        return new Session(name, {} as SessionArgs, { ...opts, id });
    }
}
