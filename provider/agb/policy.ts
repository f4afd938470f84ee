/**
 * The words that AGB uses, foremost those of a sync policy, which says what is copied between a context and the folder of a
 * session at which it is mounted, when, and how.
 */

/** How a mount's files are kept in the context. It cannot change once the context holds data. */
export const UploadMode = {
    /** Each file by itself. */
    File: "File",
    /** The whole mount as one `.zip`. */
    Archive: "Archive",
} as const;
export type UploadMode = (typeof UploadMode)[keyof typeof UploadMode];

/** When the service uploads by itself. */
export const UploadStrategy = {
    /** When the session is released. */
    UploadBeforeResourceRelease: "UploadBeforeResourceRelease",
} as const;
export type UploadStrategy = (typeof UploadStrategy)[keyof typeof UploadStrategy];

/** How the first download runs. */
export const DownloadStrategy = {
    /** In the background, while the session is already there. */
    DownloadAsync: "DownloadAsync",
} as const;
export type DownloadStrategy = (typeof DownloadStrategy)[keyof typeof DownloadStrategy];

/** How long a context keeps a file. */
export const Lifecycle = {
    Forever: "Lifecycle_Forever",
    OneDay: "Lifecycle_1Day",
    ThreeDays: "Lifecycle_3Days",
    FiveDays: "Lifecycle_5Days",
    TenDays: "Lifecycle_10Days",
    FifteenDays: "Lifecycle_15Days",
    ThirtyDays: "Lifecycle_30Days",
    NinetyDays: "Lifecycle_90Days",
    OneHundredEightyDays: "Lifecycle_180Days",
    ThreeHundredSixtyDays: "Lifecycle_360Days",
} as const;
export type Lifecycle = (typeof Lifecycle)[keyof typeof Lifecycle];

/** The direction of a sync. */
export const SyncMode = {
    /** From the session to the context. */
    Upload: "upload",
    /** From the context to the session. */
    Download: "download",
} as const;
export type SyncMode = (typeof SyncMode)[keyof typeof SyncMode];

/** What happens to a deployment when a mount's sync fails. */
export const OnSyncFailure = {
    /** The deployment fails, naming the mount and what AGB said. */
    Fail: "fail",
    /** The deployment succeeds; the outputs say what happened. */
    Report: "report",
} as const;
export type OnSyncFailure = (typeof OnSyncFailure)[keyof typeof OnSyncFailure];

/** All mounts of a session in one word; the first three are the words for a single mount, too. */
export const SyncStatus = {
    /** Every task succeeded. */
    Success: "Success",
    /** At least one task failed. */
    Failed: "Failed",
    /** None failed, and at least one is under way. */
    Pending: "Pending",
    /** There is nothing to sync. */
    None: "None",
} as const;
export type SyncStatus = (typeof SyncStatus)[keyof typeof SyncStatus];

/** How a context stands. AGB may come to use other words. */
export const ContextState = {
    /** Ready for use. */
    Available: "available",
    /** Its files are being removed. */
    Clearing: "clearing",
} as const;
export type ContextState = (typeof ContextState)[keyof typeof ContextState];

/** How long AGB lets a session idle before it releases it, in seconds, unless the session is created with its own limit. */
export const DEFAULT_IDLE_RELEASE_SECONDS = 300;

/** How a session stands. AGB may come to use other words. */
export const SessionStatus = {
    /** It lives. */
    Running: "RUNNING",
    /** Its release is under way. */
    Deleting: "DELETING",
    /** It has been released. */
    Deleted: "DELETED",
    /** It is over. */
    Finish: "FINISH",
} as const;
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];
