/** What the console shows. It contains no secrets. */
import type { Fault } from "../http/faultKinds";
import type { Service } from "../service";
import { otherLabels, sessionName, type SessionName } from "../sessionName";

/** All times are in milliseconds of the local AGB's clock, except those of tasks. */
export interface Overview {
    now: number;
    contexts: ContextStatus[];
    sessions: SessionStatus[];
    /** Sessions whose files were not uploaded, and are kept. */
    unsaved: { sessionId: string; folder: string; reason: string }[];
    /** How many injected faults may still occur. */
    faults: number;
}

export interface ContextStatus {
    id: string;
    name: string;
    state: string;
    createdAt: number;
    lastUsedAt: number;
    /** The modes in which its data is stored. */
    uploadModes: string[];
}

export interface SessionStatus {
    id: string;
    imageId: string;
    status: string;
    name: SessionName;
    /** Those that the provider does not set. */
    labels: Record<string, string>;
    createdAt: number;
    /** When it is released unless it is used before. */
    releaseAt: number;
    mounts: MountStatus[];
}

/** A mount, or another folder that was synced, with its latest task of each type. */
export interface MountStatus {
    contextId: string;
    /** `null` if the context has been deleted. */
    contextName: string | null;
    path: string;
    /** Task times are in seconds, as in the API. */
    tasks: { type: string; status: string; startTime: number; finishTime: number; errorMessage: string }[];
}

export async function overviewOf(
    { account, contexts, sessions, expiry, clock, workspaces }: Service,
    faults: readonly Fault[],
): Promise<Overview> {
    return {
        now: clock.now(),
        contexts: contexts.list().map(({ id, name, state, createdAt, lastUsedAt, uploadModes }) => ({
            id,
            name,
            state,
            createdAt,
            lastUsedAt,
            uploadModes: [...new Set(Object.values(uploadModes))].sort(),
        })),
        sessions: [...account.sessions.values()]
            .sort((a, b) => b.number - a.number)
            .map((session) => ({
                id: session.id,
                imageId: session.imageId,
                status: sessions.status(session.id),
                name: sessionName(session.labels),
                labels: otherLabels(session.labels),
                createdAt: session.createdAt,
                releaseAt: expiry.releaseAt(session),
                mounts: syncedFolders(session.mounts, session.tasks).map(({ contextId, path }) => ({
                    contextId,
                    contextName: account.contexts.get(contextId)?.name ?? null,
                    path,
                    tasks: session.tasks
                        .filter((task) => task.contextId === contextId && task.path === path)
                        .map(({ taskType, status, startTime, finishTime, errorMessage }) => ({
                            type: taskType,
                            status,
                            startTime,
                            finishTime,
                            errorMessage,
                        })),
                })),
            })),
        unsaved: await workspaces.unsaved(),
        faults: faults.filter(({ count }) => count !== 0).length,
    };
}

interface SyncedFolder {
    contextId: string;
    path: string;
}

/** The mounts, followed by other folders that were synced on their own. */
function syncedFolders(mounts: readonly SyncedFolder[], tasks: readonly SyncedFolder[]): SyncedFolder[] {
    const folders = [...mounts, ...tasks].map((folder) => [`${folder.contextId} ${folder.path}`, folder] as const);
    return [...new Map(folders).values()];
}
