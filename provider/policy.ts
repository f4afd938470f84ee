/** The sync policy of a mount, as programs declare it. */
import type { Input } from "@pulumi/pulumi";
import type { DownloadStrategy, Lifecycle, UploadMode, UploadStrategy } from "./agb/policy";

// In arguments, `& {}` removes the alias of a union: messages of TypeScript then list the values instead of its name.

/** Arguments for the sync policy of a mount. All parts and all of their fields are optional. */
export interface SyncPolicyArgs {
    /**
     * When and how files are uploaded from the session to the context.
     *
     * @default {}
     */
    uploadPolicy?: Input<UploadPolicyArgs>;
    /**
     * When files are downloaded from the context to the session.
     *
     * @default {}
     */
    downloadPolicy?: Input<DownloadPolicyArgs>;
    /**
     * What happens to files that were deleted in the session.
     *
     * @default {}
     */
    deletePolicy?: Input<DeletePolicyArgs>;
    /**
     * How a download handles archives.
     *
     * @default {}
     */
    extractPolicy?: Input<ExtractPolicyArgs>;
    /**
     * How long the context keeps files.
     *
     * @default {}
     */
    recyclePolicy?: Input<RecyclePolicyArgs>;
    /**
     * Which files are synced.
     *
     * @default {}
     */
    bwList?: Input<BWListArgs>;
    /**
     * The path at which the data was written, if it differs from the mount's path.
     *
     * @default the path of the mount
     */
    mappingPolicy?: Input<MappingPolicyArgs>;
}

/** When and how files are uploaded from the session to the context. */
export interface UploadPolicyArgs {
    /**
     * Upload the mount when the session ends. If `false`, only a manual sync uploads it.
     *
     * @default true
     */
    autoUpload?: Input<boolean>;
    /**
     * When AGB uploads automatically.
     *
     * @default "UploadBeforeResourceRelease"
     */
    uploadStrategy?: Input<UploadStrategy & {}>;
    /**
     * Store every file separately, or the whole mount as one archive. This cannot change once the context contains data.
     *
     * @default "File"
     */
    uploadMode?: Input<UploadMode & {}>;
}

/** When files are downloaded from the context to the session. */
export interface DownloadPolicyArgs {
    /**
     * Download the context's files when the session starts. If `false`, the mount is empty at first.
     *
     * @default true
     */
    autoDownload?: Input<boolean>;
    /**
     * How the initial download runs.
     *
     * @default "DownloadAsync"
     */
    downloadStrategy?: Input<DownloadStrategy & {}>;
}

/** What happens to files that were deleted in the session. */
export interface DeletePolicyArgs {
    /**
     * Delete files from the context that were deleted in the session.
     *
     * @default true
     */
    syncLocalFile?: Input<boolean>;
}

/** How a download handles archives. */
export interface ExtractPolicyArgs {
    /**
     * Extract archives.
     *
     * @default true
     */
    extract?: Input<boolean>;
    /**
     * Delete the archive from the session after it is extracted.
     *
     * @default true
     */
    deleteSrcFile?: Input<boolean>;
    /**
     * Extract into the folder that contains the archive.
     *
     * @default false
     */
    extractToCurrentFolder?: Input<boolean>;
}

/** How long the context keeps files. */
export interface RecyclePolicyArgs {
    /**
     * The time after which files are deleted from the context.
     *
     * @default "Lifecycle_Forever"
     */
    lifecycle?: Input<Lifecycle & {}>;
    /**
     * The paths to which this applies, relative to the mount and without wildcards. An empty string means all files.
     *
     * @default [""]
     */
    paths?: Input<Input<string>[]>;
}

/** A part of a mount that is synced. */
export interface WhiteListArgs {
    /** The path of a file or folder, relative to the mount and without wildcards. */
    path: Input<string>;
    /**
     * Paths to exclude, **relative to `path`** and without wildcards.
     *
     * @default []
     */
    excludePaths?: Input<Input<string>[]>;
}

/** Which files are synced. */
export interface BWListArgs {
    /**
     * Sync only these parts of the mount. An empty list means the whole mount.
     *
     * @default []
     */
    whiteLists?: Input<Input<WhiteListArgs>[]>;
}

/** Where the data was written. */
export interface MappingPolicyArgs {
    /** The absolute path at which an earlier session wrote the data of this mount. */
    path: Input<string>;
}
