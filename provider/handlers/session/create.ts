/** Creates a session without leaking one. */
import { errorMessage } from "../../../common/errorMessage";
import { AgbApiError, AgbConnectionError, mayHaveTakenEffect, type AgbClient } from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import type { Account } from "../account";
import { wrapError } from "../support/errors";
import { PartialFailure } from "../contract";
import { displayName } from "../origin";
import { allLabels, ATTEMPT_LABEL, newAttemptId, originLabels } from "./labels";
import { toWireMount } from "./mounts";
import { awaitDownloads, syncFailure } from "./downloads";
import { needsRepair, fetchRuntime, withTasks, type SessionInputs, type SessionState } from "./state";
import { deadline } from "../support/timeouts";

/** AGB ends every session after this time. */
const LIFETIME_MS = 30 * 60 * 1000;
/** How long to look for a session after the answer to its creation was lost. */
const RECOVERY_TIMEOUT_MS = 10_000;

export async function createSession(
    inputs: SessionInputs,
    account: Account,
): Promise<{ id: string; state: SessionState }> {
    const until = deadline(inputs, "create");
    const labels = allLabels(inputs.labels, account.defaultLabels, inputs.__origin, newAttemptId());
    account.reporter.status(`${inputs.__origin?.name ?? "session"}: creating`);
    await warnAboutDuplicates(inputs, account);
    const { id, createdAt } = await createOnAgb(inputs, labels, account.agb);
    let state: SessionState = withTasks(
        { ...inputs, allLabels: labels, expiresAt: new Date(createdAt + LIFETIME_MS).toISOString() },
        [],
    );
    try {
        state = { ...state, ...(await fetchRuntime(account.agb, id)) };
        if (inputs.waitForSync) state = withTasks(state, await awaitDownloads(id, inputs, account, until));
    } catch (error) {
        throw new PartialFailure(
            id,
            state,
            `${displayName("Session", inputs)} (${id}) was created, but then: ${errorMessage(error)}`,
        );
    }
    if (needsRepair(inputs, state.syncStatus)) throw new PartialFailure(id, state, syncFailure(id, state));
    return { id, state };
}

/** Warns about other sessions of this resource. They may belong to another user, so they are not touched. */
async function warnAboutDuplicates({ __origin }: SessionInputs, { agb, reporter }: Account): Promise<void> {
    if (!__origin) return;
    const { project, stack, name } = __origin;
    const ids: string[] = [];
    for await (const { sessionId } of agb.listSessions(originLabels({ project, stack, name }))) ids.push(sessionId);
    if (ids.length === 0) return;
    reporter.warn(
        `Session "${name}": the account already runs ${ids.join(", ")} for the same project, stack and name, from an interrupted run or another user. ` +
            "It is left alone and ends when it is idle.",
    );
}

async function createOnAgb(
    inputs: SessionInputs,
    labels: Record<string, string>,
    agb: AgbClient,
): Promise<{ id: string; createdAt: number }> {
    const { imageId, policyId, idleReleaseTimeout, contextSyncs } = inputs;
    try {
        const { sessionId, serverTime } = await agb.createSession({
            imageId,
            labels,
            policyId,
            idleReleaseTimeout,
            mounts: contextSyncs.map(toWireMount),
        });
        return { id: sessionId, createdAt: serverTime };
    } catch (error) {
        if (mayHaveTakenEffect(error)) {
            const id = await findAttempt(agb, labels[ATTEMPT_LABEL] ?? "");
            if (id) return { id, createdAt: Date.now() };
        }
        throw wrapError(
            `${displayName("Session", inputs)} could not be created from image "${imageId}"`,
            error,
            hint(error, inputs),
        );
    }
}

/** The session that this attempt created although the answer was lost, if there is one. */
async function findAttempt(agb: AgbClient, attempt: string): Promise<string | undefined> {
    return pollUntil(
        async () => {
            // If AGB cannot be reached, the next poll may succeed.
            for await (const session of ignoreUnreachable(agb.listSessions({ [ATTEMPT_LABEL]: attempt }))) {
                return session.sessionId;
            }
            return undefined;
        },
        { deadline: Date.now() + RECOVERY_TIMEOUT_MS },
    );
}

async function* ignoreUnreachable<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
        yield* items;
    } catch (error) {
        if (!(error instanceof AgbConnectionError)) throw error;
    }
}

function hint(error: unknown, { contextSyncs }: SessionInputs): string {
    if (mayHaveTakenEffect(error)) {
        return "No session from this attempt was found. If one appears later, AGB releases it when it is idle.";
    }
    if (!(error instanceof AgbApiError) || error.httpStatus === 401) return "";
    const said = `${error.code} ${error.serverMessage}`;
    const mount = contextSyncs.findIndex(({ contextId, path }) => said.includes(contextId) || said.includes(path));
    if (mount >= 0) {
        return `Check contextSyncs[${mount}].${said.includes(contextSyncs[mount]?.contextId ?? "") ? "contextId" : "path"}.`;
    }
    if (/image/i.test(said)) return "Check imageId.";
    if (/context/i.test(said)) return "Check contextSyncs.";
    return "";
}
