import type { RequestLogEntry } from "../http/server";
import { LONGEST_LIFE_SECONDS } from "../sessions";
import type { Service } from "../service";

/** What the status page shows. Nothing in it is secret. */
export interface Status {
    /** By the clock of the local AGB, as are all other times; in milliseconds. */
    now: number;
    contexts: { id: string; name: string; state: string; createdAt: number; lastUsedAt: number; uploadMode?: string }[];
    sessions: SessionStatus[];
    requests: readonly RequestLogEntry[];
}

export interface SessionStatus {
    id: string;
    imageId: string;
    status: string;
    labels: Record<string, string>;
    createdAt: number;
    /** When it is released if it is not used until then. */
    dueAt: number;
    endsAt: number;
    mounts: MountStatus[];
}

/** A mount, or another folder that was synced, with the newest task of each kind. */
export interface MountStatus {
    contextId: string;
    contextName: string;
    path: string;
    tasks: { type: string; status: string; startTime: number; finishTime: number; errorMessage: string }[];
}

export function statusOf(
    { account, contexts, sessions, clock }: Service,
    requests: readonly RequestLogEntry[],
): Status {
    return {
        now: clock.now(),
        contexts: contexts.list().map(({ id, name, state, createdAt, lastUsedAt, uploadMode }) => ({
            id,
            name,
            state,
            createdAt,
            lastUsedAt,
            ...(uploadMode && { uploadMode }),
        })),
        sessions: [...account.sessions.values()]
            .sort((a, b) => b.number - a.number)
            .map((session) => ({
                id: session.id,
                imageId: session.imageId,
                status: sessions.status(session.id),
                labels: session.labels,
                createdAt: session.createdAt,
                dueAt: sessions.dueAt(session),
                endsAt: session.createdAt + LONGEST_LIFE_SECONDS * 1000,
                mounts: mountsOf(session.mounts, session.tasks).map(({ contextId, path }) => ({
                    contextId,
                    contextName: account.contexts.get(contextId)?.name ?? "deleted",
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
        requests,
    };
}

interface Place {
    contextId: string;
    path: string;
}

/** The mounts, and after them the folders that were synced by themselves. */
function mountsOf(mounts: readonly Place[], tasks: readonly Place[]): Place[] {
    return [...new Map([...mounts, ...tasks].map((place) => [`${place.contextId} ${place.path}`, place])).values()];
}
