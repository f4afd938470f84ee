/** `pulumi-agb`: AGB cloud sandboxes under Pulumi. */
export type { AgbResourceOptions } from "./dynamic/resource";
export { Command, type CommandArgs } from "./command";
export { Context, type ContextArgs } from "./context";
export { ContextFolder, type ContextFolderArgs } from "./contextFolder";
export { ContextFile, type ContextFileArgs } from "./contextFile";
export { Session, type ContextStatus, type ContextSync, type ContextSyncArgs, type SessionArgs } from "./session";
export type {
    BWListArgs,
    DeletePolicyArgs,
    DownloadPolicyArgs,
    ExtractPolicyArgs,
    MappingPolicyArgs,
    RecyclePolicyArgs,
    SyncPolicyArgs,
    UploadPolicyArgs,
    WhiteListArgs,
} from "./policy";
export { Sync, type SyncArgs } from "./sync";
export { CommandLogging, OnFailure } from "./definitions/command";
export {
    getContext,
    getContextOutput,
    getSession,
    getSessionOutput,
    getSyncStatus,
    getSyncStatusOutput,
    listContexts,
    listContextsOutput,
    listSessions,
    listSessionsOutput,
} from "./functions";
export type {
    GetContextArgs,
    GetContextResult,
    GetSessionArgs,
    GetSessionOutputResult,
    GetSessionResult,
    GetSyncStatusArgs,
    GetSyncStatusResult,
    ListedSession,
    ListSessionsArgs,
} from "./functionTypes";
export {
    ContextState,
    DownloadStrategy,
    KnownImage,
    Lifecycle,
    OnSyncFailure,
    SessionStatus,
    SyncMode,
    SyncStatus,
    UploadMode,
    UploadStrategy,
} from "./agb/policy";
