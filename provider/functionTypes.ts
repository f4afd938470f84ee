/** The arguments and the results of the functions that look up what exists in the account. */
import type { Input } from "@pulumi/pulumi";
import type { SyncMode, SyncStatus } from "./agb/policy";
import type { ContextStatus } from "./session";

/** Arguments for {@link getContext}. Give exactly one of `name` and `id`. */
export type GetContextArgs = {
    /**
     * The region of the context.
     *
     * @default the region of the account
     */
    region?: Input<string>;
} & (
    | {
          /** The name of the context. */
          name: Input<string>;
          id?: undefined;
      }
    | {
          /** The id of the context. */
          id: Input<string>;
          name?: undefined;
      }
);

/** A context in the account. */
export interface GetContextResult {
    /** The id of the context. */
    id: string;
    /** The name of the context. */
    name: string;
    /** The state that AGB reports, see {@link ContextState}. Absent in lists. */
    state: string | undefined;
    /** When the context was created, in AGB's own format. */
    createTime: string | undefined;
    /** When the context was last mounted, in AGB's own format. */
    lastUsedTime: string | undefined;
}

/** Arguments for {@link getSession}. */
export interface GetSessionArgs {
    /** The id of the session. */
    sessionId: Input<string>;
}

/** A running session, without its access data. */
export interface GetSessionResult {
    /** The id of the session. */
    sessionId: string;
    /** The status that AGB reports, see {@link SessionStatus}. */
    status: string | undefined;
    /** All labels of the session. */
    labels: Record<string, string>;
}

/** A running session, with its access data. */
export interface GetSessionOutputResult extends GetSessionResult {
    /** Address of the sandbox for people. */
    resourceUrl: string | undefined;
    /** Access token for `linkUrl`. */
    token: string | undefined;
    /** Address at which programs call the sandbox's tools, on images that support it. */
    linkUrl: string | undefined;
    /** WebSocket address equivalent to `linkUrl`. */
    wsUrl: string | undefined;
}

/** Arguments for {@link listSessions}. */
export interface ListSessionsArgs {
    /**
     * Labels that a session must have to be listed. Keys and values are non-empty strings.
     *
     * @default {}
     */
    labels?: Input<Record<string, Input<string>>>;
}

/** A running session in a list. */
export interface ListedSession {
    /** The id of the session. */
    sessionId: string;
    /** The status that AGB reports, see {@link SessionStatus}. */
    status: string | undefined;
}

/** Arguments for {@link getSyncStatus}. */
export interface GetSyncStatusArgs {
    /** The id of the session. */
    sessionId: Input<string>;
    /**
     * Limits the result to one direction.
     *
     * @default both directions
     */
    mode?: Input<SyncMode & {}>;
}

/** The status of a session's syncs. */
export interface GetSyncStatusResult {
    /** Summarizes all of them: `Success`, `Failed`, `Pending`, or `None` if nothing was synced. */
    syncStatus: SyncStatus;
    /** The latest sync of each mount and direction. */
    contextStatuses: ContextStatus[];
}
