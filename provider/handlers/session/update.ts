/** Brings a running session in line with its inputs: sets its labels and repairs its downloads. */
import { isDeepStrictEqual } from "node:util";
import type { Account } from "../account";
import { PartialFailure } from "../contract";
import { displayName } from "../origin";
import { withErrorContext } from "../support/errors";
import { repairDownloads, syncFailure } from "./downloads";
import { allLabels, ATTEMPT_LABEL } from "./labels";
import { fetchRuntime, needsRepair, withTasks, type SessionInputs, type SessionState } from "./state";

export async function updateSession(
    id: string,
    state: SessionState,
    inputs: SessionInputs,
    account: Account,
    until: number,
): Promise<SessionState> {
    const labels = desiredLabels(state, inputs, account);
    if (!isDeepStrictEqual(labels, state.allLabels)) {
        await withErrorContext(`The labels of ${displayName("session", inputs)} (${id}) could not be set`, () =>
            account.agb.setLabels(id, labels),
        );
    }
    // An input that is no longer declared is absent, and would otherwise stay in the state.
    const next = { ...state, ...inputs, renewBefore: inputs.renewBefore, allLabels: labels };
    if (!inputs.waitForSync) return { ...next, ...(await fetchRuntime(account.agb, id)) };
    const tasks = await repairDownloads(id, inputs, account, until, state.contextStatuses);
    const repaired = { ...withTasks(next, tasks), ...(await fetchRuntime(account.agb, id)) };
    if (needsRepair(inputs, repaired.syncStatus)) throw new PartialFailure(id, repaired, syncFailure(id, repaired));
    return repaired;
}

/** Whether the session has the labels that it should have. */
export const hasLabels = (state: SessionState, inputs: SessionInputs, account: Account): boolean =>
    isDeepStrictEqual({ ...state.allLabels }, desiredLabels(state, inputs, account));

/** The label of the attempt that created the session stays. */
function desiredLabels(state: SessionState, inputs: SessionInputs, account: Account): Record<string, string> {
    return allLabels(inputs.labels, account.defaultLabels, inputs.__origin, state.allLabels[ATTEMPT_LABEL]);
}
