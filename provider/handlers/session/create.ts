/** Making a session, so that none is made that nobody knows of. */
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

/** Whatever happens, AGB ends a session after this time. */
const LIFETIME = 30 * 60 * 1000;
/** How long to look for a session whose creation was not answered, in milliseconds. */
const RECOVERY_TIMEOUT_MS = 10_000;

export async function createSession(
    inputs: SessionInputs,
    account: Account,
): Promise<{ id: string; state: SessionState }> {
    const until = deadline(inputs, "create");
    const labels = allLabels(inputs.labels, account.defaultLabels, inputs.__origin, newAttemptId());
    account.reporter.status(`${inputs.__origin?.name ?? "session"}: creating`);
    await warnAboutDuplicates(inputs, account);
    const { id, createdAt: born } = await createOnAgb(inputs, labels, account.agb);
    let state: SessionState = withTasks(
        { ...inputs, allLabels: labels, expiresAt: new Date(born + LIFETIME).toISOString() },
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

/** Sessions that stand for this very resource, from an interrupted run or from somebody else's stack of the same name: ours to tell of, not to touch. */
async function warnAboutDuplicates({ __origin }: SessionInputs, { agb, reporter: voice }: Account): Promise<void> {
    if (!__origin) return;
    const { project, stack, name } = __origin;
    const ids: string[] = [];
    for await (const { sessionId } of agb.listSessions(originLabels({ project, stack, name }))) ids.push(sessionId);
    if (ids.length === 0) return;
    voice.warn(
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

/** The session that this attempt made although its answer was lost, if there is one. */
async function findAttempt(agb: AgbClient, attempt: string): Promise<string | undefined> {
    return pollUntil(
        async () => {
            // While AGB cannot be reached at all there is nothing to learn; the next look may.
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
