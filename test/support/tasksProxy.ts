/** A proxy in front of AGB that lists sync tasks as the service might, although the local AGB never does. */
import type { SyncTask } from "../../provider/agb";
import { startAlteringProxy, type AlteringProxy } from "./alteringProxy";

export type TaskListing =
    /** As the service lists them. */
    | { mode: "plain" }
    /** The tasks of a new session or a new sync are not listed for the first `looks` looks after it. */
    | { mode: "late"; looks: number }
    /** Next to each task, before and after all others, there are older ones with the opposite outcome. */
    | { mode: "history" }
    /** No task is ever listed. */
    | { mode: "missing" }
    /** A task is no longer listed after it was listed as finished. */
    | { mode: "forgotten" }
    /** The list cannot be read. */
    | { mode: "unreadable" };

export interface TasksProxy extends AlteringProxy {
    /** How tasks are listed from now on. */
    listing: TaskListing;
}

/** What a session listed before its last sync, and the number of looks that still show it. */
interface Delay {
    text: string;
    looks: number;
}

export async function startTasksProxy(agb: { endpoint: string; apiKey: string }): Promise<TasksProxy> {
    const delays = new Map<string, Delay>();
    const seen = new Set<string>();
    const proxy: TasksProxy = { ...(await startAlteringProxy(agb, alter)), listing: { mode: "plain" } };

    async function alter(call: string, query: URLSearchParams): Promise<((body: string) => string) | undefined> {
        const sessionId = query.get("sessionId") ?? "";
        if (call === "SyncContext" && proxy.listing.mode === "late") {
            delays.set(sessionId, { text: await listedNow(sessionId), looks: proxy.listing.looks });
        }
        if (call === "SyncContext") {
            for (const key of seen) if (isStartedBy(key, sessionId, query)) seen.delete(key);
        }
        return call === "GetContextInfo" ? (body) => relist(body, sessionId) : undefined;
    }

    async function listedNow(sessionId: string): Promise<string> {
        const url = new URL(`/sdk/GetContextInfo?sessionId=${encodeURIComponent(sessionId)}`, agb.endpoint);
        return textOf(await (await fetch(url, { headers: { authorization: `Bearer ${agb.apiKey}` } })).text());
    }

    function relist(body: string, sessionId: string): string {
        const { listing } = proxy;
        if (!(JSON.parse(body) as { success: boolean }).success) return body;
        switch (listing.mode) {
            case "plain":
                return body;
            case "missing":
                return withText(body, "");
            case "unreadable":
                return withText(body, "not JSON");
            case "history":
                return withText(body, textWith(withHistory(tasksIn(textOf(body)))));
            case "forgotten":
                return withText(body, textWith(tasksIn(textOf(body)).filter((task) => !isForgotten(task, sessionId))));
            case "late": {
                const delay = delays.get(sessionId) ?? { text: "", looks: listing.looks };
                delays.set(sessionId, delay);
                return delay.looks-- > 0 ? withText(body, delay.text) : body;
            }
        }
    }

    function isForgotten({ taskType, path, status }: SyncTask, sessionId: string): boolean {
        const key = JSON.stringify([sessionId, taskType, path]);
        const isKnown = seen.has(key);
        if (status !== "Pending") seen.add(key);
        return isKnown;
    }

    return proxy;
}

/** Whether a call of `SyncContext` starts the task of that key again. */
function isStartedBy(key: string, sessionId: string, query: URLSearchParams): boolean {
    const [session, taskType, path] = JSON.parse(key) as string[];
    return session === sessionId && taskType === query.get("mode") && path === (query.get("path") ?? path);
}

const OPPOSITE: Record<string, string> = { Success: "Failed", Failed: "Success", Pending: "Success" };

function withHistory(tasks: SyncTask[]): SyncTask[] {
    const older = (task: SyncTask, seconds: number): SyncTask => {
        const startTime = (task.startTime || Math.floor(Date.now() / 1000)) - seconds;
        const status = OPPOSITE[task.status] ?? "Failed";
        const errorMessage = status === "Failed" ? "an earlier failure" : "";
        return { ...task, startTime, finishTime: startTime + 1, status, errorMessage };
    };
    return [...tasks.map((task) => older(task, 60)), ...tasks, ...tasks.map((task) => older(task, 30))];
}

interface Answer {
    data?: { contextStatus?: string };
}

const textOf = (body: string): string => (JSON.parse(body) as Answer).data?.contextStatus ?? "";
const withText = (body: string, contextStatus: string): string => {
    const answer = JSON.parse(body) as Answer;
    return JSON.stringify({ ...answer, data: { ...answer.data, contextStatus } });
};
const textWith = (tasks: SyncTask[]): string =>
    tasks.length === 0 ? "" : JSON.stringify([{ type: "data", data: JSON.stringify(tasks) }]);
const tasksIn = (text: string): SyncTask[] =>
    text === "" ? [] : (JSON.parse(text) as { data: string }[]).flatMap(({ data }) => JSON.parse(data) as SyncTask[]);
