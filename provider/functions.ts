/** Functions that look up what exists in the account. During a preview they query the real account, too. Mocks of unit tests get `agb:index:NAME`. */
import { output, secret, type Output, type Unwrap } from "@pulumi/pulumi";
import { queryAgb } from "./dynamic/query";
import type {
    GetContextArgs,
    GetContextResult,
    GetSessionArgs,
    GetSessionOutputResult,
    GetSessionResult,
    GetSyncStatusArgs,
    GetSyncStatusResult,
    ListedSession,
    ListSessionsArgs,
} from "./functionTypes";

/**
 * Looks up a context by name or id.
 *
 * @throws The account has no such context.
 * @throws AGB cannot be queried, because the key or the endpoint is missing or wrong.
 * @example
 * const { id } = await agb.getContext({ name: "shared-models" });
 */
export function getContext(args: Unwrap<GetContextArgs>): Promise<GetContextResult> {
    const context = args.id ? `The context with the id "${args.id}"` : `The context named "${args.name ?? ""}"`;
    return queryAgb(`${context} could not be looked up`, { name: "getContext", args }, (agb, queries) =>
        queries.getContext(agb, args),
    );
}

/**
 * {@link getContext} for inputs that become known while the program runs. In a preview with unknown inputs, it does not
 * query AGB and the output is unknown.
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
 * Lists every context in the account, newest first.
 *
 * @throws AGB cannot be queried, because the key or the endpoint is missing or wrong.
 * @example
 * const caches = (await agb.listContexts()).filter(({ name }) => name.startsWith("cache-"));
 */
export function listContexts(): Promise<GetContextResult[]> {
    return queryAgb("The contexts could not be listed", { name: "listContexts", args: {} }, (agb, queries) =>
        queries.listContexts(agb),
    );
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
 * Looks up a running session by id. The result contains no token and no address. {@link getSessionOutput} returns them
 * as secrets.
 *
 * @throws The account has no session with that id. AGB releases idle sessions early, and every session after 30 minutes.
 * @throws AGB cannot be queried, because the key or the endpoint is missing or wrong.
 * @example
 * const { status, labels } = await agb.getSession({ sessionId });
 */
export async function getSession(args: Unwrap<GetSessionArgs>): Promise<GetSessionResult> {
    const { sessionId, status, labels } = await fetchSession(args);
    return { sessionId, status, labels };
}

/**
 * {@link getSession} for inputs that become known while the program runs, including the session's access data. The
 * output and its fields, labels included, are secret. Only `sessionId` and `status` are not. In a preview with unknown
 * inputs, it does not query AGB and the output is unknown.
 *
 * @throws As {@link getSession}.
 * @example
 * const running = agb.getSessionOutput({ sessionId });
 * export const status = running.status;
 * export const token = running.token; // a secret
 */
export function getSessionOutput(args: GetSessionArgs): Output<GetSessionOutputResult> {
    const session = output(args).apply(fetchSession);
    // Every property taken from a secret output is secret, so the properties that are not come from the plain output.
    return Object.assign(secret(session), { sessionId: session.sessionId, status: session.status });
}

/**
 * Lists every running session that has all the given labels. The sessions of a stack have the labels `pulumi-project`,
 * `pulumi-stack` and `pulumi-name`.
 *
 * @throws A label's key or value is empty or not a string.
 * @throws AGB cannot be queried, because the key or the endpoint is missing or wrong.
 * @example
 * const sandboxes = await agb.listSessions({ labels: { team: "agents" } });
 */
export function listSessions(args: Unwrap<ListSessionsArgs> = {}): Promise<ListedSession[]> {
    const labels = JSON.stringify(args.labels ?? {});
    return queryAgb(
        `The sessions with the labels ${labels} could not be listed`,
        { name: "listSessions", args },
        (agb, queries) => queries.listSessions(agb, args),
    );
}

/**
 * {@link listSessions} for inputs that become known while the program runs. In a preview with unknown inputs, it does
 * not query AGB and the output is unknown.
 *
 * @throws As {@link listSessions}.
 * @example
 * export const running = agb.listSessionsOutput({ labels: { team } }).apply((sessions) => sessions.length);
 */
export function listSessionsOutput(args: ListSessionsArgs = {}): Output<ListedSession[]> {
    return output(args).apply(listSessions);
}

/**
 * Returns the current sync status of a running session, without waiting for syncs to finish. Use {@link Session} or
 * {@link Sync} to wait.
 *
 * @throws The account has no session with that id.
 * @throws AGB cannot be queried, because the key or the endpoint is missing or wrong.
 * @example
 * const { syncStatus } = await agb.getSyncStatus({ sessionId, mode: agb.SyncMode.Upload });
 */
export function getSyncStatus(args: Unwrap<GetSyncStatusArgs>): Promise<GetSyncStatusResult> {
    return queryAgb(
        `The syncs of session "${args.sessionId}" could not be looked up`,
        { name: "getSyncStatus", args },
        (agb, queries) => queries.getSyncStatus(agb, args),
    );
}

/**
 * {@link getSyncStatus} for inputs that become known while the program runs. In a preview with unknown inputs, it does
 * not query AGB and the output is unknown.
 *
 * @throws As {@link getSyncStatus}.
 * @example
 * export const uploads = agb.getSyncStatusOutput({ sessionId: session.id, mode: "upload" }).syncStatus;
 */
export function getSyncStatusOutput(args: GetSyncStatusArgs): Output<GetSyncStatusResult> {
    return output(args).apply(getSyncStatus);
}

function fetchSession(args: Unwrap<GetSessionArgs>): Promise<GetSessionOutputResult> {
    return queryAgb(
        `Session "${args.sessionId}" could not be looked up`,
        { name: "getSession", args },
        (agb, queries) => queries.getSession(agb, args),
    );
}
