/** The inputs and the state of a session, and how to read the state from AGB. */
import { z } from "zod";
import {
    DEFAULT_IDLE_RELEASE_SECONDS,
    OnSyncFailure,
    overallStatus,
    SyncMode,
    SyncStatus,
    type AgbClient,
    type SyncTask,
} from "../../agb/index";
import { findTask, pendingTask } from "../../agb/syncTasks";
import type { Account } from "../account";
import { commonInputs } from "../support/inputs";
import { isOutstanding } from "../support/syncOutcome";
import { userLabels } from "./labels";
import { mountSchema, type Mount } from "./mounts";

export const sessionInputsSchema = z.object({
    imageId: z.string().min(1),
    labels: z.record(z.string(), z.string().min(1)).default({}),
    contextSyncs: z.array(mountSchema).default([]),
    policyId: z.string().min(1).optional(),
    idleReleaseTimeout: z.int().min(1).default(DEFAULT_IDLE_RELEASE_SECONDS),
    waitForSync: z.boolean().default(true),
    syncOnDelete: z.boolean().default(true),
    onSyncFailure: z.enum(OnSyncFailure).default(OnSyncFailure.Fail),
    forceDestroy: z.boolean().default(false),
    ...commonInputs,
});

export type SessionInputs = z.output<typeof sessionInputsSchema>;

/** The inputs in a stored state. After a `get` they have only defaults, and AGB does not report the image. */
const storedInputsSchema = sessionInputsSchema.extend({ imageId: z.string().default("") });

export interface SessionState extends SessionInputs {
    status?: string | undefined;
    /** The first download of each mount. */
    contextStatuses: SyncTask[];
    syncStatus: SyncStatus;
    expiresAt?: string | undefined;
    resourceUrl?: string | undefined;
    token?: string | undefined;
    linkUrl?: string | undefined;
    wsUrl?: string | undefined;
    allLabels: Record<string, string>;
}

/** AGB ends every session after this time. */
const LIFETIME_MS = 30 * 60 * 1000;

/** When a session ends at the latest, as an ISO date. */
export const expiryOf = (createdAt: number): string => new Date(createdAt + LIFETIME_MS).toISOString();

/** Whether a mount downloads its data when the session starts. */
export const autoDownloads = (mount: Mount): boolean => mount.policy.downloadPolicy.autoDownload;
/** Whether a mount uploads its changes before the session ends. */
export const autoUploads = (mount: Mount): boolean => mount.policy.uploadPolicy.autoUpload;

/** The download of each mount, in the order of the mounts. The status is `None` for a mount that does not download. */
function mountStatuses(mounts: Mount[], tasks: SyncTask[]): SyncTask[] {
    return mounts.map((mount) => {
        const status = autoDownloads(mount) ? SyncStatus.Pending : SyncStatus.None;
        return findTask(tasks, mount, SyncMode.Download) ?? { ...pendingTask(mount, SyncMode.Download), status };
    });
}

/** The state with the status of its mounts. */
export function withTasks<S extends SessionInputs>(
    state: S,
    tasks: SyncTask[],
): S & Pick<SessionState, "contextStatuses" | "syncStatus"> {
    const contextStatuses = mountStatuses(state.contextSyncs, tasks);
    return { ...state, contextStatuses, syncStatus: overallStatus(contextStatuses) };
}

/** Whether data of a mount is missing, so the next deployment must repair the session. */
export function needsRepair(inputs: SessionInputs, syncStatus: SyncStatus): boolean {
    return isOutstanding(inputs.waitForSync, inputs.onSyncFailure, syncStatus);
}

/** What AGB reports about a running session. */
export async function fetchRuntime(
    agb: AgbClient,
    id: string,
): Promise<Pick<SessionState, "status" | "resourceUrl" | "token" | "linkUrl" | "wsUrl">> {
    const { status, resourceUrl, token, linkUrl, wsUrl } = await agb.getSession(id);
    return { status, resourceUrl, token, linkUrl, wsUrl };
}

/** The current state from AGB, with changed labels and the current status of each download. */
export async function readState(
    account: Account,
    id: string,
    known: Partial<SessionState>,
): Promise<{ state: SessionState; inputs: SessionInputs }> {
    const [observed, carried, { tasks }] = await Promise.all([
        fetchRuntime(account.agb, id),
        account.agb.getLabels(id),
        account.agb.getSyncTasks(id),
    ]);
    const inputs = {
        ...storedInputsSchema.parse(known),
        labels: userLabels(carried, account.defaultLabels, known.labels ?? {}),
    };
    const state = withTasks(
        {
            ...inputs,
            ...observed,
            status: observed.status ?? (await account.agb.getSessionStatus(id)),
            expiresAt: known.expiresAt,
            allLabels: carried,
        },
        tasks,
    );
    // After a `get`, the mounts are known only from the tasks.
    return known.contextSyncs ? { state, inputs } : { state: { ...state, ...statusesFromTasks(tasks) }, inputs };
}

function statusesFromTasks(tasks: SyncTask[]): Pick<SessionState, "contextStatuses" | "syncStatus"> {
    const contextStatuses = tasks.filter((task) => task.taskType === SyncMode.Download);
    return { contextStatuses, syncStatus: overallStatus(contextStatuses) };
}
