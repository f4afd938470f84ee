/** The inputs and the state of a session, and how to read the state from AGB. */
import { z } from "zod";
import {
    DEFAULT_IDLE_RELEASE_SECONDS,
    OnSyncFailure,
    overallStatus,
    SyncMode,
    SyncStatus,
    type AgbClient,
    type MountDownload,
    type SyncTask,
} from "../../agb/index";
import { findTask, pendingTask } from "../../agb/syncTasks";
import type { Account } from "../account";
import { withContextIds } from "../support/contextIds";
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
    renewBefore: z.int().min(1).optional(),
    ...commonInputs,
});

export type SessionInputs = z.output<typeof sessionInputsSchema>;

/** The inputs in a stored state. After a `get` they have only defaults, and AGB does not report the image. */
const storedInputsSchema = sessionInputsSchema.extend({ imageId: z.string().default("") });

/** How a running session is reached. */
export interface SessionRuntime {
    status?: string | undefined;
    resourceUrl?: string | undefined;
    token?: string | undefined;
    linkUrl?: string | undefined;
    wsUrl?: string | undefined;
}

export interface SessionState extends SessionInputs, SessionRuntime {
    /** The first download of each mount. */
    contextStatuses: SyncTask[];
    syncStatus: SyncStatus;
    expiresAt?: string | undefined;
    allLabels: Record<string, string>;
}

/** AGB ends every session after this time. */
export const LIFETIME_SECONDS = 30 * 60;

/** When a session ends at the latest, as an ISO date. */
export const expiryOf = (createdAt: number): string => new Date(createdAt + LIFETIME_SECONDS * 1000).toISOString();

/** Whether a mount downloads its data when the session starts. */
export const autoDownloads = (mount: Pick<Mount, "policy">): boolean => mount.policy.downloadPolicy.autoDownload;
/** Whether a mount uploads its changes before the session ends. */
export const autoUploads = (mount: Pick<Mount, "policy">): boolean => mount.policy.uploadPolicy.autoUpload;

/** The mounts with what the state knows of their downloads, and of the ids of contexts that are given by name. */
export function mountDownloads({
    contextSyncs,
    contextStatuses,
}: Pick<SessionState, "contextSyncs" | "contextStatuses">): MountDownload[] {
    return contextSyncs.map((mount) => mountDownload(mount, contextStatuses));
}

export function mountDownload(mount: Mount, contextStatuses: SyncTask[]): MountDownload {
    const known = contextStatuses.find(({ path }) => path === mount.path);
    const contextId = known?.contextId ?? mount.contextId;
    return { contextId, path: mount.path, autoDownload: autoDownloads(mount), known };
}

/** Lets syncs of this session in the same deployment know its mounts. */
export function rememberSession(id: string, state: SessionState, { sessions }: Account): void {
    sessions.set(id, { mounts: mountDownloads(state), idleReleaseTimeout: state.idleReleaseTimeout });
}

/** The download of each mount, in the order of the mounts. The status is `None` for a mount that does not download. */
function mountStatuses(mounts: Mount[], downloads: SyncTask[]): SyncTask[] {
    return mounts.map((mount) => {
        const status = autoDownloads(mount) ? SyncStatus.Pending : SyncStatus.None;
        // Only the path identifies the mount, because the context may be given by its name.
        const download = downloads.find(({ path }) => path === mount.path);
        return download ?? { ...pendingTask(mount, SyncMode.Download), status };
    });
}

/** The state with the status of its mounts, whose downloads are among the given tasks. */
export function withTasks<S extends SessionInputs>(
    state: S,
    downloads: SyncTask[],
): S & Pick<SessionState, "contextStatuses" | "syncStatus"> {
    const contextStatuses = mountStatuses(state.contextSyncs, downloads);
    return { ...state, contextStatuses, syncStatus: overallStatus(contextStatuses) };
}

/** Whether data of a mount is missing, so the next deployment must repair the session. */
export function needsRepair(inputs: SessionInputs, syncStatus: SyncStatus): boolean {
    return isOutstanding(inputs.waitForSync, inputs.onSyncFailure, syncStatus);
}

/** What AGB reports about a running session. */
export async function fetchRuntime(agb: AgbClient, id: string): Promise<SessionRuntime> {
    return runtimeOf(await agb.getSession(id));
}

export function runtimeOf({ status, resourceUrl, token, linkUrl, wsUrl }: SessionRuntime): SessionRuntime {
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
    const mounts = mountDownloads({ ...inputs, contextStatuses: known.contextStatuses ?? [] });
    const state = withTasks(
        {
            ...inputs,
            ...observed,
            status: observed.status ?? (await account.agb.getSessionStatus(id)),
            expiresAt: known.expiresAt,
            allLabels: carried,
        },
        await listedDownloads(mounts, tasks, account.agb),
    );
    // After a `get`, the mounts are known only from the tasks.
    return known.contextSyncs ? { state, inputs } : { state: { ...state, ...statusesFromTasks(tasks) }, inputs };
}

/** The downloads of the mounts as AGB lists them, or as the state knows them if AGB no longer does. */
async function listedDownloads(mounts: MountDownload[], tasks: SyncTask[], agb: AgbClient): Promise<SyncTask[]> {
    return (await withContextIds(mounts, agb)).flatMap(
        (mount) => findTask(tasks, mount, SyncMode.Download) ?? mount.known ?? [],
    );
}

function statusesFromTasks(tasks: SyncTask[]): Pick<SessionState, "contextStatuses" | "syncStatus"> {
    const contextStatuses = tasks.filter((task) => task.taskType === SyncMode.Download);
    return { contextStatuses, syncStatus: overallStatus(contextStatuses) };
}
