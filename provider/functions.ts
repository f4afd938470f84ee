/** What a program can ask AGB for. In a preview, too, the answers are those of the account as it is. */
import { output, secret, type Input, type Output, type Unwrap } from "@pulumi/pulumi";
import type { SyncMode, SyncStatus } from "./agb/policy";
import type { WireContext } from "./agb/wire";
import { queryAgb } from "./dynamic/query";
import { programError } from "./dynamic/programError";
import type { ContextStatus } from "./session";

/** Which context {@link getContext} looks for: one of the two. */
export interface GetContextArgs {
    /** Its name in the account. */
    name?: Input<string>;
    /** Its id. */
    id?: Input<string>;
}

/** A context of the account. */
export interface GetContextResult {
    /** Its id. */
    id: string;
    /** Its name in the account. */
    name: string;
    /** What AGB says of it, see {@link ContextState}. Absent in lists. */
    state: string | undefined;
    /** When it was made, as AGB writes it. */
    createTime: string | undefined;
    /** When it was last mounted, as AGB writes it. */
    lastUsedTime: string | undefined;
}

/** Which session {@link getSession} looks for. */
export interface GetSessionArgs {
    /** Its id. */
    sessionId: Input<string>;
}

/** A running session, without what gives access to it. */
export interface GetSessionResult {
    /** Its id. */
    sessionId: string;
    /** AGB's word for its state, see {@link SessionStatus}. */
    status: string | undefined;
    /** All labels that it carries. */
    labels: Record<string, string>;
}

/** A running session, with what gives access to it. */
export interface GetSessionOutputResult extends GetSessionResult {
    /** Where people reach the sandbox. */
    resourceUrl: string | undefined;
    /** What opens `linkUrl`. */
    token: string | undefined;
    /** Where programs call the sandbox's tools, on images that offer it. */
    linkUrl: string | undefined;
    /** The same as a web socket. */
    wsUrl: string | undefined;
}

/** Which sessions {@link listSessions} looks for. */
export interface ListSessionsArgs {
    /**
     * Labels that each of them carries: texts that are not empty.
     *
     * @default {}
     */
    labels?: Input<Record<string, Input<string>>>;
}

/** A running session in a list. */
export interface ListedSession {
    /** Its id. */
    sessionId: string;
    /** AGB's word for its state, see {@link SessionStatus}. */
    status: string | undefined;
}

/** Which syncs {@link getSyncStatus} looks at. */
export interface GetSyncStatusArgs {
    /** The id of the session. */
    sessionId: Input<string>;
    /**
     * Only those in this direction.
     *
     * @default both directions
     */
    mode?: Input<SyncMode>;
}

/** How the syncs of a session stand. */
export interface GetSyncStatusResult {
    /** All of them in one word: `Success`, `Failed`, `Pending`, or `None` where nothing was synced. */
    syncStatus: SyncStatus;
    /** The last sync of each mount and direction. */
    contextStatuses: ContextStatus[];
}

/**
 * Looks a context up by its name or its id.
 *
 * @throws The account has no such context.
 * @throws AGB cannot be asked: the key or the endpoint is missing or wrong.
 * @example
 * const { id } = await agb.getContext({ name: "shared-models" });
 */
export function getContext(args: Unwrap<GetContextArgs>): Promise<GetContextResult> {
    const { id, name } = args;
    // Empty is what a missing configuration value easily becomes.
    if (Boolean(id) === Boolean(name))
        return Promise.reject(programError("getContext: give the name or the id of a context, one of the two."));
    const [what, by] = id ? [`the id "${id}"`, { id }] : [`the name "${name ?? ""}"`, { name: name ?? "" }];
    return queryAgb(`The context with ${what} could not be looked up`, async (agb, { findContext }) => {
        const context = await findContext(agb, by);
        if (!context)
            throw new Error(
                "AGB has none in this account. Check it, and whether agb:apiKey and agb:endpoint name the right account.",
            );
        return contextOf(context);
    });
}

/**
 * {@link getContext} for inputs that become known while the program runs. In a preview with unknown inputs nothing is asked, and the
 * output is unknown.
 *
 * @throws As {@link getContext}.
 * @example
 * const models = agb.getContextOutput({ id: storage.requireOutput("contextId") });
 * export const modelsName = models.name;
 */
export function getContextOutput(args: GetContextArgs): Output<GetContextResult> {
    return output(args).apply(getContext);
}

/**
 * Every context of the account, newest first.
 *
 * @throws AGB cannot be asked: the key or the endpoint is missing or wrong.
 * @example
 * const caches = (await agb.listContexts()).filter(({ name }) => name.startsWith("cache-"));
 */
export function listContexts(): Promise<GetContextResult[]> {
    return queryAgb("The contexts could not be listed", async (agb) => {
        const contexts: GetContextResult[] = [];
        for await (const context of agb.listContexts()) contexts.push(contextOf(context));
        return contexts;
    });
}

/**
 * {@link listContexts} as an output.
 *
 * @throws As {@link listContexts}.
 * @example
 * export const names = agb.listContextsOutput().apply((contexts) => contexts.map(({ name }) => name));
 */
export function listContextsOutput(): Output<GetContextResult[]> {
    return output(listContexts());
}

/**
 * Looks a running session up by its id. It gives no token and no address: {@link getSessionOutput} does, as secrets.
 *
 * @throws The account has no session with that id (any more): AGB releases sessions that idle, and all after 30 minutes.
 * @throws AGB cannot be asked: the key or the endpoint is missing or wrong.
 * @example
 * const { status, labels } = await agb.getSession({ sessionId });
 */
export async function getSession(args: Unwrap<GetSessionArgs>): Promise<GetSessionResult> {
    const { sessionId, status, labels } = await fetchSession(args);
    return { sessionId, status, labels };
}

/**
 * {@link getSession} for inputs that become known while the program runs, and with what gives access to the session. It is a secret, and
 * so are its fields, labels too; `sessionId` and `status` alone are not. In a preview with unknown inputs nothing is asked, and the output is unknown.
 *
 * @throws As {@link getSession}.
 * @example
 * const running = agb.getSessionOutput({ sessionId });
 * export const status = running.status;
 * export const token = running.token; // a secret
 */
export function getSessionOutput(args: GetSessionArgs): Output<GetSessionOutputResult> {
    const session = output(args).apply(fetchSession);
    // A secret output makes secrets of all that is taken from it: what is none stands beside it.
    return Object.assign(secret(session), { sessionId: session.sessionId, status: session.status });
}

/**
 * Every running session that carries all these labels. Sessions of a stack carry `pulumi-project`, `pulumi-stack` and `pulumi-name`.
 *
 * @throws A label is empty or no text.
 * @throws AGB cannot be asked: the key or the endpoint is missing or wrong.
 * @example
 * const sandboxes = await agb.listSessions({ labels: { team: "agents" } });
 */
export async function listSessions(args: Unwrap<ListSessionsArgs> = {}): Promise<ListedSession[]> {
    const { labels = {} } = args;
    const wrong = Object.entries<unknown>(labels).find(
        ([key, value]) => key === "" || typeof value !== "string" || value === "",
    );
    if (wrong)
        throw programError(
            `listSessions: the label ${JSON.stringify(wrong[0])} is ${JSON.stringify(wrong[1])}: give texts that are not empty.`,
        );
    return queryAgb(`The sessions with the labels ${JSON.stringify(labels)} could not be listed`, async (agb) => {
        const sessions: ListedSession[] = [];
        for await (const { sessionId, sessionStatus } of agb.listSessions(labels))
            sessions.push({ sessionId, status: sessionStatus });
        return sessions;
    });
}

/**
 * {@link listSessions} for inputs that become known while the program runs. In a preview with unknown inputs nothing is asked, and the
 * output is unknown.
 *
 * @throws As {@link listSessions}.
 * @example
 * export const running = agb.listSessionsOutput({ labels: { team } }).apply((sessions) => sessions.length);
 */
export function listSessionsOutput(args: ListSessionsArgs = {}): Output<ListedSession[]> {
    return output(args).apply(listSessions);
}

/**
 * How the syncs of a running session stand now. It waits for nothing: a {@link Session} and a {@link Sync} do.
 *
 * @throws The account has no session with that id (any more).
 * @throws AGB cannot be asked: the key or the endpoint is missing or wrong.
 * @example
 * const { syncStatus } = await agb.getSyncStatus({ sessionId, mode: agb.SyncMode.Upload });
 */
export async function getSyncStatus(args: Unwrap<GetSyncStatusArgs>): Promise<GetSyncStatusResult> {
    const { sessionId, mode } = args;
    return querySession("The syncs of session", sessionId, async (agb, { overallStatus }) => {
        const { tasks } = await agb.getSyncTasks(sessionId);
        const contextStatuses = tasks.filter(({ taskType }) => mode === undefined || taskType === mode);
        return { syncStatus: overallStatus(contextStatuses), contextStatuses };
    });
}

/**
 * {@link getSyncStatus} for inputs that become known while the program runs. In a preview with unknown inputs nothing is asked, and the
 * output is unknown.
 *
 * @throws As {@link getSyncStatus}.
 * @example
 * export const uploads = agb.getSyncStatusOutput({ sessionId: session.id, mode: "upload" }).syncStatus;
 */
export function getSyncStatusOutput(args: GetSyncStatusArgs): Output<GetSyncStatusResult> {
    return output(args).apply(getSyncStatus);
}

function fetchSession({ sessionId }: Unwrap<GetSessionArgs>): Promise<GetSessionOutputResult> {
    return querySession("Session", sessionId, async (agb) => {
        const [session, labels] = await Promise.all([agb.getSession(sessionId), agb.getLabels(sessionId)]);
        const { resourceUrl, token, linkUrl, wsUrl } = session;
        return {
            sessionId,
            status: session.status ?? (await agb.getSessionStatus(sessionId)),
            labels,
            resourceUrl,
            token,
            linkUrl,
            wsUrl,
        };
    });
}

function querySession<T>(what: string, sessionId: string, question: Parameters<typeof queryAgb<T>>[1]): Promise<T> {
    return queryAgb(`${what} "${sessionId}" could not be looked up`, async (agb, library) => {
        if (!sessionId) throw new Error("give the id of a session as sessionId.");
        try {
            return await question(agb, library);
        } catch (error) {
            if (!(error instanceof library.AgbApiError) || !(await library.sessionEndState(agb, sessionId)))
                throw error;
            throw new Error(
                `${error.message} Check the id: AGB releases sessions that idle, and all after 30 minutes.`,
                { cause: error },
            );
        }
    });
}

/** Only what is documented: AGB may come to say more. */
function contextOf({ id, name, state, createTime, lastUsedTime }: WireContext): GetContextResult {
    return { id, name, state, createTime, lastUsedTime };
}
