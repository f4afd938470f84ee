/** `pulumi-agb/client`: the AGB API without Pulumi. */
export { AgbClient } from "./client";
export { AgbApiError, AgbConnectionError, AgbSettingsError, isKeyRejected, mayHaveTakenEffect } from "./errors";
export { findContext, sessionEndState } from "./existence";
export type { TransferOptions } from "./fileTransfer";
export * from "./policy";
export type { MountAddress, SessionRequest } from "./requests";
export { resolveSettings, settingsProblem, type AgbSettings, type AgbSettingsSource } from "./settings";
export { SyncTimeoutError } from "./syncErrors";
export { SessionSyncs, type SyncWaitOptions } from "./syncs";
export type { SyncStart } from "./syncStart";
export type { Snapshot } from "./syncTaskPoller";
export type { MountDownload } from "./mountData";
export { currentTask, isFinished, isoTime, isSuperseded, overallStatus } from "./syncTasks";
export { DEFAULT_TIMINGS, type Timings } from "./timings";
export { digestOf, type FileDigest, type FileSource } from "./uploadSource";
export {
    syncPolicySchema,
    type SyncPolicy,
    type SyncTask,
    type WireContext,
    type WireContextFile,
    type WireListedSession,
    type WireMount,
    type WireSession,
} from "./wire";
