/** `pulumi-agb`: AGB cloud sandboxes under Pulumi. */
export { Context, type ContextArgs } from "./context";
export { Session, type ContextStatus, type ContextSync, type ContextSyncArgs, type SessionArgs } from "./session";
export type {
    BWListArgs, DeletePolicyArgs, DownloadPolicyArgs, ExtractPolicyArgs, MappingPolicyArgs, RecyclePolicyArgs, SyncPolicyArgs, UploadPolicyArgs, WhiteListArgs,
} from "./policy";
export { Sync, type SyncArgs } from "./sync";
export { ContextState, DownloadStrategy, Lifecycle, OnSyncFailure, SessionStatus, SyncMode, SyncStatus, UploadMode, UploadStrategy } from "./agb/policy";
