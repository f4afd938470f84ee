/** The values that AGB uses in requests and responses: images, sync policies, syncs, contexts and sessions. */

/** The images that AGB documents. An account may have others. */
export const KnownImage = {
    CodeSpace1: "agb-code-space-1",
    CodeSpace2: "agb-code-space-2",
    BrowserUse1: "agb-browser-use-1",
    ComputerUseUbuntu2204: "agb-computer-use-ubuntu-2204",
} as const;
export type KnownImage = (typeof KnownImage)[keyof typeof KnownImage];

/** How a context stores the files of a mount. It cannot change once the context contains data. */
export const UploadMode = {
    /** Every file separately. */
    File: "File",
    /** The whole mount as one `.zip`. */
    Archive: "Archive",
} as const;
export type UploadMode = (typeof UploadMode)[keyof typeof UploadMode];

/** When AGB uploads automatically. */
export const UploadStrategy = {
    /** When the session is released. */
    UploadBeforeResourceRelease: "UploadBeforeResourceRelease",
} as const;
export type UploadStrategy = (typeof UploadStrategy)[keyof typeof UploadStrategy];

/** How the initial download runs. */
export const DownloadStrategy = {
    /** In the background, while the session is already running. */
    DownloadAsync: "DownloadAsync",
} as const;
export type DownloadStrategy = (typeof DownloadStrategy)[keyof typeof DownloadStrategy];

/** How long a context keeps a file before it is deleted. */
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
    /** The deployment fails with an error that names the mount and the reason. */
    Fail: "fail",
    /** The deployment succeeds, and the outputs report the failure. */
    Report: "report",
} as const;
export type OnSyncFailure = (typeof OnSyncFailure)[keyof typeof OnSyncFailure];

/** A summary of several syncs. The first three are also values for a single sync. */
export const SyncStatus = {
    /** All of them succeeded. */
    Success: "Success",
    /** At least one failed. */
    Failed: "Failed",
    /** None failed, and at least one is still running. */
    Pending: "Pending",
    /** There is nothing to sync. */
    None: "None",
} as const;
export type SyncStatus = (typeof SyncStatus)[keyof typeof SyncStatus];

/** Known states of a context. AGB may add others. */
export const ContextState = {
    /** Ready for use. */
    Available: "available",
    /** Its files are being removed. */
    Clearing: "clearing",
} as const;
export type ContextState = (typeof ContextState)[keyof typeof ContextState];

/** How long AGB lets a session idle before it releases it, in seconds, unless the session is created with its own limit. */
export const DEFAULT_IDLE_RELEASE_SECONDS = 300;

/** Known statuses of a session. AGB may add others. */
export const SessionStatus = {
    /** The session is running. */
    Running: "RUNNING",
    /** The session is being released. */
    Deleting: "DELETING",
    /** The session was released. */
    Deleted: "DELETED",
    /** The session has ended. */
    Finish: "FINISH",
} as const;
export type SessionStatus = (typeof SessionStatus)[keyof typeof SessionStatus];
