/** Reads from the account, on behalf of the functions that a program calls. */
import { collect } from "../../common/collect";
import {
    AgbApiError,
    findContext,
    overallStatus,
    sessionEndState,
    type AgbClient,
    type SyncMode,
    type SyncStatus,
    type SyncTask,
    type WireContext,
} from "../agb/index";

type ContextFields = Pick<WireContext, "id" | "name" | "state" | "createTime" | "lastUsedTime">;

interface SessionFields {
    sessionId: string;
    status: string | undefined;
    labels: Record<string, string>;
    resourceUrl: string | undefined;
    token: string | undefined;
    linkUrl: string | undefined;
    wsUrl: string | undefined;
}

/** The context with the given name or id. Throws unless exactly one of the two is given and the account has such a context. */
export async function getContext(
    agb: AgbClient,
    { id, name, region }: { id?: string | undefined; name?: string | undefined; region?: string | undefined },
): Promise<ContextFields> {
    // A missing configuration value often arrives as an empty string.
    if (Boolean(id) === Boolean(name)) throw new Error("specify exactly one of name and id.");
    const context = await findContext(agb, id ? { id } : { name: name ?? "" }, region || undefined);
    if (!context) {
        throw new Error(
            `the account has no such context. Check the ${id ? "id" : "name"}, and check that agb:apiKey and agb:endpoint refer to the right account.`,
        );
    }
    return contextFields(context);
}

/** Every context in the account, newest first. */
export async function listContexts(agb: AgbClient): Promise<ContextFields[]> {
    return (await collect(agb.listContexts())).map(contextFields);
}

/** A running session with its labels and its access data. */
export function getSession(agb: AgbClient, { sessionId }: { sessionId: string }): Promise<SessionFields> {
    return querySession(agb, sessionId, async () => {
        const [session, labels] = await Promise.all([agb.getSession(sessionId), agb.getLabels(sessionId)]);
        const { resourceUrl, token, linkUrl, wsUrl } = session;
        const status = session.status ?? (await agb.getSessionStatus(sessionId));
        return { sessionId, status, labels, resourceUrl, token, linkUrl, wsUrl };
    });
}

/** Every running session that has all the given labels. */
export async function listSessions(
    agb: AgbClient,
    { labels = {} }: { labels?: Record<string, string> | undefined },
): Promise<{ sessionId: string; status: string | undefined }[]> {
    const invalid = Object.entries<unknown>(labels).find(
        ([key, value]) => key === "" || typeof value !== "string" || value === "",
    );
    if (invalid) {
        const [key, value] = invalid.map((part) => JSON.stringify(part));
        throw new Error(`the label ${key} is ${value}. Keys and values of labels must be non-empty strings.`);
    }
    const sessions = await collect(agb.listSessions(labels));
    return sessions.map(({ sessionId, sessionStatus }) => ({ sessionId, status: sessionStatus }));
}

/** The latest sync of each mount and direction, optionally of one direction only. */
export function getSyncStatus(
    agb: AgbClient,
    { sessionId, mode }: { sessionId: string; mode?: SyncMode | undefined },
): Promise<{ syncStatus: SyncStatus; contextStatuses: SyncTask[] }> {
    return querySession(agb, sessionId, async () => {
        const { tasks } = await agb.getSyncTasks(sessionId);
        const contextStatuses = tasks.filter(({ taskType }) => mode === undefined || taskType === mode);
        return { syncStatus: overallStatus(contextStatuses), contextStatuses };
    });
}

/** Runs a query about one session. If it fails because the session is gone, the error explains why that is common. */
async function querySession<T>(agb: AgbClient, sessionId: string, query: () => Promise<T>): Promise<T> {
    if (!sessionId) throw new Error("specify the id of a session as sessionId.");
    try {
        return await query();
    } catch (error) {
        if (!(error instanceof AgbApiError) || !(await sessionEndState(agb, sessionId))) throw error;
        throw new Error(
            `${error.message} Check the id. AGB releases idle sessions early, and every session after 30 minutes.`,
            { cause: error },
        );
    }
}

/** Only the documented fields, because AGB may add others. */
function contextFields({ id, name, state, createTime, lastUsedTime }: WireContext): ContextFields {
    return { id, name, state, createTime, lastUsedTime };
}
