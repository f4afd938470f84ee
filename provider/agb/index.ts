/** `pulumi-agb/client`: the AGB API without Pulumi. */
export { AgbClient } from "./client";
export type { MountAddress, SessionRequest } from "./requests";
export { AgbApiError, AgbSettingsError, AgbConnectionError, mayHaveTakenEffect } from "./errors";
export { digestOf, type FileDigest, type FileSource, type TransferOptions } from "./fileTransfer";
export { findContext, sessionEndState } from "./existence";
export { resolveSettings, settingsProblem, type AgbSettings, type AgbSettingsSource } from "./settings";
export {
    isFinished,
    isoTime,
    isSuperseded,
    currentTask,
    overallStatus,
    SessionSyncs,
    SyncTimeoutError,
    type SyncWaitOptions,
} from "./syncs";
export { DEFAULT_TIMINGS, type Timings } from "./timings";
export {
    syncPolicySchema,
    type SyncPolicy,
    type SyncTask,
    type WireContext,
    type WireContextFile,
    type WireMount,
    type WireSession,
} from "./wire";
export * from "./policy";
