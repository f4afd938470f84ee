/** Creates a session without leaking one. */
import { commandLine } from "../../../common/commandLine";
import { errorMessage } from "../../../common/errorMessage";
import { AgbApiError, isKeyRejected, mayHaveTakenEffect, SessionStatus } from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import type { Account } from "../account";
import { wrapError } from "../support/errors";
import { PartialFailure } from "../contract";
import { declarations } from "../declared/declarations";
import { displayName } from "../origin";
import { attemptsFolder, recordAttempt } from "./attempts";
import { allLabels, ATTEMPT_LABEL, newAttemptId } from "./labels";
import { toWireMount } from "./mounts";
import { awaitDownloads, syncFailure } from "./downloads";
import { settlePredecessors } from "./predecessors";
import {
    expiryOf,
    needsRepair,
    fetchRuntime,
    runtimeOf,
    withTasks,
    type SessionInputs,
    type SessionRuntime,
    type SessionState,
} from "./state";
import { trimTrailingSlash } from "../support/paths";
import { deadline } from "../support/timeouts";

export async function createSession(
    inputs: SessionInputs,
    account: Account,
): Promise<{ id: string; state: SessionState }> {
    const until = deadline(inputs, "create");
    account.reporter.status(`${inputs.__origin?.name ?? "session"}: creating`);
    const predecessor = await settlePredecessors(inputs, account, until);
    if (predecessor) return predecessor;
    const attempt = newAttemptId();
    const labels = allLabels(inputs.labels, account.defaultLabels, inputs.__origin, attempt);
    await record(attempt, inputs, account);
    const { id, createdAt, runtime } = await createOnAgb(inputs, labels, account, until);
    declarations.identifySession(id, inputs);
    account.syncs(id, inputs.idleReleaseTimeout).sessionWasActive();
    let state: SessionState = withTasks({ ...inputs, allLabels: labels, expiresAt: expiryOf(createdAt) }, []);
    try {
        state = { ...state, ...(runtime ?? (await fetchRuntime(account.agb, id))) };
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

/** Writes the attempt to the journal, so the next run recognizes its session if this one is interrupted. */
async function record(attempt: string, inputs: SessionInputs, { reporter }: Account): Promise<void> {
    if (!inputs.__origin) return;
    try {
        await recordAttempt(attempt, inputs);
    } catch (error) {
        reporter.warn(
            `The folder ${attemptsFolder()} is not writable (${(error as NodeJS.ErrnoException).code ?? errorMessage(error)}). If this run is interrupted, the next one cannot recognize the sessions that it has created.`,
        );
    }
}

async function createOnAgb(
    inputs: SessionInputs,
    labels: Record<string, string>,
    account: Account,
    until: number,
): Promise<{ id: string; createdAt: number; runtime?: SessionRuntime | undefined }> {
    const { imageId, policyId, idleReleaseTimeout, contextSyncs } = inputs;
    const startedAt = account.agb.serviceTime();
    try {
        const { sessionId, serverTime, ...created } = await account.agb.createSession({
            imageId,
            labels,
            policyId,
            idleReleaseTimeout,
            mounts: contextSyncs.map(toWireMount),
        });
        // If the answer says how to reach the session, there is nothing to ask for.
        const runtime =
            created.resourceUrl === undefined ? undefined : runtimeOf({ ...created, status: SessionStatus.Running });
        return { id: sessionId, createdAt: serverTime, runtime };
    } catch (error) {
        const found = mayHaveTakenEffect(error)
            ? await findAttempt(labels[ATTEMPT_LABEL] ?? "", error, inputs, account, until)
            : undefined;
        if (found?.id) return { id: found.id, createdAt: startedAt };
        throw wrapError(
            `${displayName("Session", inputs)} could not be created from image "${imageId}"`,
            error,
            hint(error, found?.failure, inputs),
        );
    }
}

/**
 * Looks for the session that this attempt may have created. It is listed at once if AGB has answered, otherwise it may
 * appear later. Failed looks prove nothing, so while they fail, the search continues until the deadline.
 */
async function findAttempt(
    attempt: string,
    cause: unknown,
    inputs: SessionInputs,
    { agb, reporter }: Account,
    until: number,
): Promise<{ id?: string; failure?: unknown }> {
    const { lostSessionMs } = agb.timings;
    const mayAppearUntil = Date.now() + (isAnswered(cause) ? lostSessionMs / 10 : lostSessionMs);
    let failure: unknown;
    const found = await pollUntil(
        async () => {
            try {
                for await (const { sessionId } of agb.listSessions({ [ATTEMPT_LABEL]: attempt })) {
                    return { id: sessionId };
                }
                failure = undefined;
                return Date.now() >= mayAppearUntil ? {} : undefined;
            } catch (error) {
                failure = error;
                return isKeyRejected(error) ? { failure } : undefined;
            }
        },
        {
            deadline: Math.max(until, mayAppearUntil),
            onProgress: (waited) =>
                reporter.status(
                    `${inputs.__origin?.name ?? "session"}: looking for the session that AGB did not confirm, ${Math.round(waited / 1000)} s`,
                ),
        },
    );
    return found ?? { failure };
}

/** What happens to a session that this attempt may have created. */
const RECOVERED_LATER = `If there is one, the next \`${commandLine("up")}\` on this machine takes it over, or uploads and releases it.`;

/** Whether AGB has dealt with the call and said so, though its answer names no session. */
const isAnswered = (error: unknown): boolean => error instanceof AgbApiError && error.httpStatus < 300;

function hint(error: unknown, failure: unknown, { contextSyncs, imageId }: SessionInputs): string {
    if (failure !== undefined) {
        return `Whether it created a session is not known, because the sessions could not be listed: ${errorMessage(failure)} ${RECOVERED_LATER}`;
    }
    if (mayHaveTakenEffect(error) && !isAnswered(error)) {
        return `No session from this attempt was found. ${RECOVERED_LATER}`;
    }
    if (!(error instanceof AgbApiError) || isKeyRejected(error)) return "";
    const named = [
        { value: imageId, input: "imageId" },
        ...contextSyncs.flatMap(({ contextId, path }, i) => [
            { value: contextId, input: `contextSyncs[${i}].contextId` },
            { value: trimTrailingSlash(path), input: `contextSyncs[${i}].path` },
        ]),
    ].filter(({ value }) => mentions(error.serverMessage, value));
    if (named.length > 0) return `Check ${named.map(({ input }) => input).join(" and ")}.`;
    const said = `${error.code} ${error.serverMessage}`;
    if (/image/i.test(said)) return "Check imageId.";
    if (/context/i.test(said)) return "Check contextSyncs.";
    return "";
}

/** Whether a text contains a name, or a path or what is below it, other than as part of a longer name. */
function mentions(text: string, name: string): boolean {
    const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    const isPath = name.startsWith("/");
    const after = isPath ? "[\\p{L}\\p{N}_-]" : "[\\p{L}\\p{N}_/-]";
    return new RegExp(`(?<![\\p{L}\\p{N}_./-])${escaped}(?!${after}|\\.[\\p{L}\\p{N}])`, "u").test(text);
}
