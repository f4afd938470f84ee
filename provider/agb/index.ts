/** `pulumi-agb/client`: the AGB API without Pulumi. */
export { AgbClient, type MountAddress, type SessionRequest } from "./client";
export { AgbApiError as AgbRefusal, AgbSettingsError, AgbConnectionError as AgbUnreachable, mayHaveTakenEffect } from "./errors";
export { digestOf, type FileDigest, type FileSource, type TransferOptions } from "./fileTransfer";
export { findContext, sessionEndState as sessionEnd } from "./gone";
export { resolveSettings, settingsProblem, type AgbSettings, type AgbSettingsSource } from "./settings";
export { isOver, isoTime, isReplaced, currentTask as latestOf, overallStatus, SessionSyncs, SyncTimeout, type SyncWaiting } from "./syncs";
export { syncPolicySchema, type SyncPolicy, type SyncTask, type WireContext, type WireContextFile, type WireMount, type WireSession } from "./wire";
export * from "./policy";
