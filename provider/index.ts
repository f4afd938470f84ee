/** `pulumi-agb`: AGB cloud sandboxes under Pulumi. */
export { Context, type ContextArgs } from "./context";
export {
    Session, type BWListArgs, type ContextStatus, type ContextSync, type ContextSyncArgs, type DeletePolicyArgs, type DownloadPolicyArgs, type ExtractPolicyArgs,
    type MappingPolicyArgs, type RecyclePolicyArgs, type SessionArgs, type SyncPolicyArgs, type UploadPolicyArgs, type WhiteListArgs,
} from "./session";
export { Sync, type SyncArgs } from "./sync";
export { DownloadStrategy, Lifecycle, OnSyncFailure, SyncMode, SyncStatus, UploadMode, UploadStrategy } from "./agb/policy";
