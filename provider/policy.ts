/** The sync policy of a mount, as programs write it. Every part may be left out, and every field of a part. */
import type { Input } from "@pulumi/pulumi";
import type { DownloadStrategy, Lifecycle, UploadMode, UploadStrategy } from "./agb/policy";

/** How a mount is synced. Each part may be left out, and each field of a part. */
export interface SyncPolicyArgs {
    /**
     * When and how files go from the session to the context.
     *
     * @default {}
     */
    uploadPolicy?: Input<UploadPolicyArgs>;
    /**
     * When files go from the context to the session.
     *
     * @default {}
     */
    downloadPolicy?: Input<DownloadPolicyArgs>;
    /**
     * What becomes of files that were deleted in the session.
     *
     * @default {}
     */
    deletePolicy?: Input<DeletePolicyArgs>;
    /**
     * What a download does with archives.
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
     * Which files are synced at all.
     *
     * @default {}
     */
    bwList?: Input<BWListArgs>;
    /**
     * Where the data was written, when that was not at the mount's path.
     *
     * @default the path of the mount
     */
    mappingPolicy?: Input<MappingPolicyArgs>;
}

/** When and how files go from the session to the context. */
export interface UploadPolicyArgs {
    /**
     * Upload the mount when the session ends. Without it only a manual sync uploads.
     *
     * @default true
     */
    autoUpload?: Input<boolean>;
    /**
     * When the service uploads by itself.
     *
     * @default "UploadBeforeResourceRelease"
     */
    uploadStrategy?: Input<UploadStrategy>;
    /**
     * Keep each file by itself, or the whole mount as one archive. It cannot change once the context holds data.
     *
     * @default "File"
     */
    uploadMode?: Input<UploadMode>;
}

/** When files go from the context to the session. */
export interface DownloadPolicyArgs {
    /**
     * Download the context's files when the session begins. Without it the mount begins empty.
     *
     * @default true
     */
    autoDownload?: Input<boolean>;
    /**
     * How the first download runs.
     *
     * @default "DownloadAsync"
     */
    downloadStrategy?: Input<DownloadStrategy>;
}

/** What becomes of files that were deleted in the session. */
export interface DeletePolicyArgs {
    /**
     * Delete in the context what was deleted in the session.
     *
     * @default true
     */
    syncLocalFile?: Input<boolean>;
}

/** What a download does with archives. */
export interface ExtractPolicyArgs {
    /**
     * Unpack archives.
     *
     * @default true
     */
    extract?: Input<boolean>;
    /**
     * Remove the archive from the session once it is unpacked.
     *
     * @default true
     */
    deleteSrcFile?: Input<boolean>;
    /**
     * Unpack into the folder that holds the archive.
     *
     * @default false
     */
    extractToCurrentFolder?: Input<boolean>;
}

/** How long the context keeps files. */
export interface RecyclePolicyArgs {
    /**
     * After this time files are removed from the context.
     *
     * @default "Lifecycle_Forever"
     */
    lifecycle?: Input<Lifecycle>;
    /**
     * Which files: paths relative to the mount, without wildcards. An empty text means all.
     *
     * @default [""]
     */
    paths?: Input<Input<string>[]>;
}

/** One part of a mount that is synced. */
export interface WhiteListArgs {
    /** A file or folder, relative to the mount, without wildcards. */
    path: Input<string>;
    /**
     * What is left out below it, **relative to `path`**, without wildcards.
     *
     * @default []
     */
    excludePaths?: Input<Input<string>[]>;
}

/** Which files are synced at all. */
export interface BWListArgs {
    /**
     * Only these parts of the mount. Empty means everything.
     *
     * @default []
     */
    whiteLists?: Input<Input<WhiteListArgs>[]>;
}

/** Where the data was written before. */
export interface MappingPolicyArgs {
    /** The absolute path at which an earlier session wrote the data that this mount is to show. */
    path: Input<string>;
}
