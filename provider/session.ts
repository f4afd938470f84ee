import type { CustomResourceOptions, ID, Input, Output } from "@pulumi/pulumi";
import type { OnSyncFailure, SyncStatus } from "./agb/policy";
import { sessionDefinition } from "./definitions/session";
import { AgbResource } from "./dynamic/resource";
import type { SyncPolicyArgs } from "./policy";

/** One context mounted in a session. */
export interface ContextSyncArgs {
    /** The id of the context. */
    contextId: Input<string>;
    /**
     * The absolute path of the folder in the session, below `/home` or `/tmp`.
     *
     * The data of a context is bound to the path at which it was written: mounted at another path, the context shows none
     * of it, unless `policy.mappingPolicy.path` names the old one.
     */
    path: Input<string>;
    /**
     * How the mount is synced.
     *
     * @default {}
     */
    policy?: Input<SyncPolicyArgs>;
}

/** What a {@link Session} is to be. */
export interface SessionArgs {
    /** The image that the sandbox runs, such as `agb-code-space-2`. A change replaces the session. */
    imageId: Input<string>;
    /**
     * Labels by which sessions can be found: texts that are not empty. Changed in place.
     *
     * @default {}
     */
    labels?: Input<Record<string, Input<string>>>;
    /**
     * The contexts that the session mounts. AGB fixes them at creation, so a change replaces the session; their order
     * does not matter.
     *
     * @default []
     */
    contextSyncs?: Input<Input<ContextSyncArgs>[]>;
    /** The id of an MCP policy of the account. A change replaces the session. */
    policyId?: Input<string>;
    /**
     * After how many seconds without use AGB releases the session. Whatever is set, it ends 30 minutes after its
     * creation. A change replaces the session.
     *
     * @default 300
     */
    idleReleaseTimeout?: Input<number>;
    /**
     * Wait until the first download of every mount is over before the session counts as created.
     *
     * @default true
     */
    waitForSync?: Input<boolean>;
    /**
     * Upload the mounts before the session is released, and release it only when that has succeeded.
     *
     * @default true
     */
    syncOnDelete?: Input<boolean>;
    /**
     * What becomes of the deployment when a mount's first download fails: `fail`, or `report` in the outputs alone.
     *
     * @default "fail"
     */
    onSyncFailure?: Input<OnSyncFailure>;
    /**
     * Release the session even where its mounts could not be uploaded.
     *
     * @default false
     */
    forceDestroy?: Input<boolean>;
}

/** One mount of a session, and how its first download stands; of a {@link Sync} its own task. */
export interface ContextStatus {
    /** The id of the context. */
    contextId: string;
    /** The absolute path of the folder in the session. */
    path: string;
    /** `Success` or `Failed` when it is over, `Pending` or another word while it is under way, `None` where there is nothing to download. */
    status: string;
    /** The direction: `download` or `upload`. */
    taskType: string;
    /** Epoch number, 0 while unknown. */
    startTime: number;
    /** Epoch number, 0 until it is over. */
    finishTime: number;
    /** Empty unless it failed. */
    errorMessage: string;
}

/** The mounts of a session, as outputs: with every default filled in. */
export interface ContextSync {
    /** As given. */
    contextId: string;
    /** As given. */
    path: string;
    /** A {@link SyncPolicyArgs} with every default filled in. */
    policy: object;
}

/**
 * A session: a sandbox that sees contexts as folders. It is created once every mount's data has arrived, and released
 * once what was written in it has been uploaded.
 *
 * Sessions are short-lived: AGB releases them when they idle, and after 30 minutes in any case. The next `pulumi up`
 * makes a new one; what the contexts hold survives.
 *
 * @example
 * const work = new agb.Context("work");
 * const dev = new agb.Session("dev", {
 *     imageId: "agb-code-space-2",
 *     contextSyncs: [{ contextId: work.id, path: "/home/work" }],
 * });
 * export const syncStatus = dev.syncStatus;
 */
export class Session extends AgbResource<Session, SessionArgs> {
    /** AGB's word for its state, see {@link SessionStatus}: `RUNNING` while it lives. */
    declare readonly status: Output<string | undefined>;
    /** Every mount with the state of its first download. Secret where something of `contextSyncs` is. */
    declare readonly contextStatuses: Output<ContextStatus[]>;
    /** All mounts in one word: `Success`, `Failed`, `Pending`, or `None` where there is nothing to download. */
    declare readonly syncStatus: Output<SyncStatus>;
    /** The latest moment at which the session ends, as an ISO date; it may end sooner when it idles. Absent after `get`. */
    declare readonly expiresAt: Output<string | undefined>;
    /** Where people reach the sandbox. Secret. */
    declare readonly resourceUrl: Output<string | undefined>;
    /** What opens `linkUrl`. Secret. */
    declare readonly token: Output<string | undefined>;
    /** Where programs call the sandbox's tools, on images that offer it. Secret. */
    declare readonly linkUrl: Output<string | undefined>;
    /** The same as a web socket. Secret. */
    declare readonly wsUrl: Output<string | undefined>;
    /** The labels with those that this package adds: `pulumi-project`, `pulumi-stack`, `pulumi-name`, `pulumi-create`. Secret, since a label may be. */
    declare readonly allLabels: Output<Record<string, string>>;
    /** As given. */
    declare readonly imageId: Output<string>;
    /** As given. */
    declare readonly labels: Output<Record<string, string>>;
    /** As given, with every default of the policies filled in. */
    declare readonly contextSyncs: Output<ContextSync[]>;
    /** As given. */
    declare readonly policyId: Output<string | undefined>;
    /** As given, in seconds. */
    declare readonly idleReleaseTimeout: Output<number>;
    /** As given. */
    declare readonly waitForSync: Output<boolean>;
    /** As given. */
    declare readonly syncOnDelete: Output<boolean>;
    /** As given. */
    declare readonly onSyncFailure: Output<OnSyncFailure>;
    /** As given. */
    declare readonly forceDestroy: Output<boolean>;

    /**
     * Creates a session and waits for its mounts, at the most as long as `customTimeouts.create` says (5 minutes). A change of labels is made in place.
     * Destroying it uploads what was written, and then releases it, in `customTimeouts.delete`.
     *
     * @param name The resource's name in the program.
     * @throws A mount cannot be downloaded, or not in time: the session stays, and the next `pulumi up` repairs it. With `onSyncFailure: "report"` this is no error.
     * @throws AGB refuses the session: the image, a context or a path is unknown to it.
     * @throws On deletion: a mount could not be uploaded, so that the session is kept, unless `forceDestroy` is set.
     */
    constructor(name: string, args: SessionArgs, opts?: CustomResourceOptions) {
        super(sessionDefinition, name, args, opts);
    }

    /**
     * Refers to a session that runs, without managing it.
     *
     * @throws The account has no session with that id.
     * @example
     * const running = agb.Session.get("running", sessionId);
     */
    static get(name: string, id: Input<ID>, opts?: CustomResourceOptions): Session {
        return new Session(name, {} as SessionArgs, { ...opts, id });
    }
}
