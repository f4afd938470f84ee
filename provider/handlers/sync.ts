/** The handlers of a manual sync, a resource that runs once when it is created. */
import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { commandLine } from "../../common/commandLine";
import {
    AgbApiError,
    isFinished,
    isKeyRejected,
    isoTime,
    isSuperseded,
    currentTask,
    OnSyncFailure,
    overallStatus,
    sessionEndState,
    SyncMode,
    SyncStatus,
    SyncTimeoutError,
    type SyncTask,
} from "../agb";
import { withoutTimeLimit } from "../agb/timeLimit";
import { syncDefinition } from "../definitions/sync";
import type { Account } from "./account";
import { toComparable } from "./files/assets";
import { wrapError } from "./support/errors";
import {
    PartialFailure,
    unknown,
    type CheckResult,
    type Diff,
    type Failure,
    type Handlers,
    type MaybeUnknownFields,
} from "./contract";
import { declarations } from "./declared/declarations";
import { displayName } from "./origin";
import { addressWarnings } from "./support/contextIds";
import { checkInputs, commonInputs } from "./support/inputs";
import { pathFailure } from "./support/lookAlikes";
import { isNormalizedAbsolute } from "./support/paths";
import { diffInputs } from "./support/diff";
import { runExclusive } from "./support/keyedMutex";
import { deadline } from "./support/timeouts";
import { failureReason, isOutstanding, unfinishedReason } from "./support/syncOutcome";
import { withSyncProgress } from "./support/syncProgress";
import { assertSafeToUpload, mountsOf } from "./syncMounts";

export const syncInputsSchema = z.object({
    sessionId: z.string().min(1),
    contextId: z.string().min(1).optional(),
    path: z.string().min(1).optional(),
    mode: z.enum(SyncMode).default(SyncMode.Upload),
    triggers: z.array(z.unknown()).default([]),
    wait: z.boolean().default(true),
    onSyncFailure: z.enum(OnSyncFailure).default(OnSyncFailure.Fail),
    ...commonInputs,
});

type SyncInputs = z.output<typeof syncInputsSchema>;

interface SyncState extends SyncInputs {
    contextStatuses: SyncTask[];
    syncStatus: SyncStatus;
    startedAt?: string | undefined;
    finishedAt?: string | undefined;
}

export const syncHandlers: Handlers<SyncInputs, SyncState> = {
    definition: syncDefinition,

    check({ news }): CheckResult {
        const { inputs, failures, valid } = checkInputs(syncInputsSchema, news, mountFailures);
        return {
            inputs,
            failures,
            warnings: valid ? [...addressWarnings("Sync", valid), ...uploadWarnings(valid)] : [],
        };
    },

    diff({ state, inputs }): Diff {
        const triggers = (before: unknown, after: unknown) =>
            isDeepStrictEqual(toComparable(before), toComparable(after));
        const diff = diffInputs(syncDefinition, state, inputs, { triggers });
        return { ...diff, changes: diff.changes || isIncomplete({ ...state, ...inputs }) };
    },

    // Its waits end at the limit, and the tasks that they have seen are recorded.
    create: ({ inputs, account }) =>
        withoutTimeLimit(async () => {
            const id = `sync-${randomBytes(8).toString("hex")}`;
            const state = await sync(inputs, account, deadline(inputs, "create"));
            if (isIncomplete(state)) throw new PartialFailure(id, state, incompleteReason(state));
            return { id, state };
        }),

    async read({ state, account }) {
        const { contextStatuses, syncStatus, startedAt, finishedAt, ...inputs } = state as SyncState;
        if (await sessionEndState(account.agb, inputs.sessionId)) return undefined;
        const known = { ...inputs, contextStatuses, syncStatus, startedAt, finishedAt };
        if (contextStatuses.every(isFinished)) return { state: known, inputs };
        const { tasks } = await account.agb.getSyncTasks(inputs.sessionId);
        return {
            state: stateOf(
                inputs,
                contextStatuses.map((task) => currentTask(task, tasks)),
            ),
            inputs,
        };
    },

    update: ({ id, state, inputs, account }) =>
        withoutTimeLimit(async () => {
            if (!isIncomplete({ ...state, ...inputs })) return { state: { ...state, ...inputs } };
            const until = deadline(inputs, "update");
            const outcome = await resume(state, inputs, account, until);
            const repaired =
                isIncomplete(outcome) && outcome.contextStatuses.every(isFinished)
                    ? await sync(inputs, account, until)
                    : outcome;
            if (isIncomplete(repaired)) throw new PartialFailure(id, repaired, incompleteReason(repaired));
            return { state: repaired };
        }),

    // What was copied stays.
    delete: () => Promise.resolve(),
};

/** Warnings about other resources whose files an upload may overwrite or remove. */
function uploadWarnings(inputs: MaybeUnknownFields<SyncInputs>): string[] {
    const { sessionId, contextId, path, mode } = inputs;
    if (mode !== SyncMode.Upload || contextId === unknown || path === unknown) return [];
    const mount = contextId !== undefined && path !== undefined ? { contextId, path } : undefined;
    return declarations.addUpload(inputs, sessionId === unknown ? undefined : sessionId, mount);
}

/** Whether the sync did not succeed, so the next deployment must repair it. */
function isIncomplete(state: SyncState): boolean {
    return isOutstanding(state.wait, state.onSyncFailure, state.syncStatus);
}

/** Starts a sync and, in the foreground, waits for its end. */
async function sync(inputs: SyncInputs, account: Account, until: number): Promise<SyncState> {
    const { sessionId, path, mode, wait } = inputs;
    try {
        const mounts = await mountsOf(inputs, account);
        // Two syncs that start at the same time could not distinguish their tasks.
        const own = await runExclusive(`sync ${sessionId}`, async () => {
            const seen =
                mode === SyncMode.Upload ? await assertSafeToUpload(mounts, inputs, account, until) : undefined;
            return account.syncs(sessionId).start(mode, mounts, until, { seen, isEveryMount: path === undefined });
        });
        return stateOf(inputs, wait ? await waitForOwnTasks(own, inputs, account, until) : own);
    } catch (error) {
        if (error instanceof SyncTimeoutError && error.tasks.length > 0) return stateOf(inputs, error.tasks);
        throw wrapError(`${subject(inputs)} failed`, error, await advice(error, inputs, account));
    }
}

async function advice(error: unknown, { sessionId, path }: SyncInputs, { agb }: Account): Promise<string> {
    if (!(error instanceof AgbApiError) || isKeyRejected(error)) return "";
    if (await sessionEndState(agb, sessionId).catch(() => undefined)) {
        return `AGB releases idle sessions early, and every session after 30 minutes. Run \`${commandLine("up")}\` again to replace a session of this stack, or check sessionId.`;
    }
    return path ? "Check sessionId, contextId and path: the session must mount that context there." : "";
}

/** Waits for an earlier sync, or starts a new one if its tasks are missing or superseded. */
async function resume(state: SyncState, inputs: SyncInputs, account: Account, until: number): Promise<SyncState> {
    const { tasks } = await account.agb.getSyncTasks(inputs.sessionId);
    if (
        state.contextStatuses.length === 0 ||
        state.contextStatuses.some((task) => !isFinished(task) && isSuperseded(task, tasks))
    ) {
        return sync(inputs, account, until);
    }
    return stateOf(inputs, await waitForOwnTasks(state.contextStatuses, inputs, account, until));
}

const waitForOwnTasks = (own: SyncTask[], inputs: SyncInputs, account: Account, until: number): Promise<SyncTask[]> =>
    withSyncProgress(inputs, account, "synced", (onProgress) =>
        account.syncs(inputs.sessionId).waitForTasks(own, { deadline: until, onProgress }),
    );

function stateOf(inputs: SyncInputs, tasks: SyncTask[]): SyncState {
    const starts = tasks.map((task) => task.startTime).filter((time) => time > 0);
    const startedAt = starts.length > 0 ? isoTime(Math.min(...starts)) : undefined;
    const finishedAt =
        tasks.length > 0 && tasks.every(isFinished)
            ? isoTime(Math.max(...tasks.map((task) => task.finishTime)))
            : undefined;
    return { ...inputs, contextStatuses: tasks, syncStatus: overallStatus(tasks), startedAt, finishedAt };
}

const subject = (inputs: SyncInputs) =>
    `${displayName("Sync", inputs)} (${inputs.mode} of session ${inputs.sessionId})`;

function incompleteReason(state: SyncState): string {
    const reasons = state.contextStatuses
        .filter((task) => task.status !== SyncStatus.Success)
        .map((task) => {
            const what = `the ${state.mode} of context ${task.contextId} at ${task.path}`;
            return task.status === SyncStatus.Failed
                ? `${what} failed: ${failureReason(task)}`
                : `${what} ${unfinishedReason(task)}`;
        });
    const next =
        state.syncStatus === SyncStatus.Failed
            ? `Run \`${commandLine("up")}\` again to repeat it`
            : `Run \`${commandLine("up")}\` again to continue, or allow more time with customTimeouts`;
    return `${subject(state)} did not succeed: ${reasons.join("; ")}. ${next}, or set onSyncFailure: "report" to let the deployment succeed anyway.`;
}

function mountFailures({ contextId, path }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = [];
    if (contextId === undefined && path !== undefined) {
        failures.push({
            property: "contextId",
            reason: "is required if path is set: both select one mount, neither selects every mount",
        });
    }
    if (contextId !== undefined && path === undefined) {
        failures.push({
            property: "path",
            reason: "is required if contextId is set: both select one mount, neither selects every mount",
        });
    }
    if (typeof path === "string" && path !== "" && !isNormalizedAbsolute(path)) {
        failures.push(
            pathFailure("path", path, 'must be the absolute path of a mount of the session, such as "/home/work"'),
        );
    }
    return failures;
}
