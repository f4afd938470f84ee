/** Running sessions, whether a state contains them or not: lists them, and ends one without losing the files of its contexts. */
import { collect } from "../../../common/collect";
import { forEachConcurrently } from "../../../common/concurrency";
import { findContext, sessionEndState, SyncMode, SyncStatus, type AgbClient, type SyncTask } from "../../agb/index";
import { findTask } from "../../agb/syncTasks";
import { Account } from "../account";
import { agbConfig } from "../config";
import { displayName } from "../origin";
import type { Reporter } from "../reporter";
import { failureReason } from "../support/syncOutcome";
import { withSyncProgress } from "../support/syncProgress";
import { deadline } from "../support/timeouts";
import { readAttempt } from "./attempts";
import { deleteSession } from "./delete";
import { ATTEMPT_LABEL, labeledOrigin, originLabels } from "./labels";
import { mountSchema, type Mount } from "./mounts";
import { autoUploads, sessionInputsSchema, withTasks, type SessionState } from "./state";

const CONCURRENCY = 8;

/** A running session, with the resource that its labels name and the mounts that are known. */
export interface RunningSession {
    id: string;
    project?: string | undefined;
    stack?: string | undefined;
    name?: string | undefined;
    mounts: { contextId: string; path: string }[];
    /** What a release uploads. */
    uploads: { contextId: string; path: string }[];
    state: SessionState;
    /** Whether the state has every mount. AGB does not list a mount that was never synced. */
    hasEveryMount: boolean;
}

/** Every running session in the account. */
export async function listRunning(agb: AgbClient): Promise<RunningSession[]> {
    const ids = (await collect(agb.listSessions())).map(({ sessionId }) => sessionId);
    const found = new Map<string, RunningSession | undefined>();
    await forEachConcurrently(ids, CONCURRENCY, async (id) => {
        found.set(id, await findRunning(agb, id));
    });
    return ids.flatMap((id) => found.get(id) ?? []);
}

/** The ids of the running sessions that were created for a resource of that name, in any stack or in the given one. */
export async function runningIds(
    agb: AgbClient,
    origin: { name: string; project?: string; stack?: string },
): Promise<string[]> {
    return (await collect(agb.listSessions(originLabels(origin)))).map(({ sessionId }) => sessionId);
}

/** A running session, or `undefined` if the account has none with that id. */
export async function findRunning(agb: AgbClient, id: string): Promise<RunningSession | undefined> {
    if (await sessionEndState(agb, id)) return undefined;
    try {
        const [labels, { tasks }] = await Promise.all([agb.getLabels(id), agb.getSyncTasks(id)]);
        const { state, hasEveryMount } = await stateOf(id, labels, tasks, agb);
        const mounts = state.contextSyncs.map(addressOf);
        return {
            id,
            ...labeledOrigin(labels),
            mounts,
            uploads: state.contextSyncs.filter(autoUploads).map(addressOf),
            state,
            hasEveryMount,
        };
    } catch (error) {
        if (await sessionEndState(agb, id)) return undefined;
        throw error;
    }
}

/**
 * Releases a session and waits until it is gone. First, either the current files of its contexts are downloaded into it, so
 * its last upload only adds to them, or with `upload` its files are uploaded over them.
 */
export async function endSession(
    agb: AgbClient,
    { id, state, hasEveryMount }: RunningSession,
    options: { upload: boolean; config: ReadonlyMap<string, string>; reporter: Reporter },
): Promise<void> {
    const { forceDestroy } = agbConfig((key) => options.config.get(key));
    const account = new Account(agb, options.reporter, {}, forceDestroy);
    if (!options.upload) await downloadContexts(id, state, account);
    await deleteSession(id, { ...state, syncOnDelete: options.upload }, account, { hasEveryMount });
}

/** Downloads what the contexts hold, since AGB uploads the mounts when it releases the session. */
async function downloadContexts(id: string, state: SessionState, account: Account): Promise<void> {
    const mounts = state.contextSyncs.filter(autoUploads);
    const until = deadline(state, "delete");
    const tasks = await withSyncProgress(state, account, "downloaded before the release", (onProgress) =>
        account.syncs(id, state.idleReleaseTimeout).run(mounts, SyncMode.Download, { deadline: until, onProgress }),
    );
    const incomplete = tasks.filter(({ status }) => status !== SyncStatus.Success);
    if (incomplete.length === 0) return;
    const reasons = incomplete.map((task) => {
        const outcome =
            task.status === SyncStatus.Failed ? `failed (${failureReason(task)})` : "did not finish in time";
        return `the download of context ${task.contextId} to ${task.path} ${outcome}`;
    });
    throw new Error(
        `${displayName("Session", state)} (${id}) was not released, because its release could remove newer files from its contexts: ${reasons.join("; ")}. Run the command again to repeat it.`,
    );
}

/** The state of a session as its attempt would have recorded it, if this user has created it, otherwise as AGB shows it. */
async function stateOf(
    id: string,
    labels: Record<string, string>,
    tasks: SyncTask[],
    agb: AgbClient,
): Promise<Pick<RunningSession, "state" | "hasEveryMount">> {
    const attempt = await readAttempt(labels[ATTEMPT_LABEL] ?? "");
    const { project = "", stack = "", name = id } = labeledOrigin(labels);
    const inputs = attempt?.inputs ?? {
        ...sessionInputsSchema.parse({ imageId: "unknown", contextSyncs: await mountsOf(tasks, agb) }),
        __origin: { project, stack, name, parents: [] },
    };
    // The outcome of an upload says nothing about the data of a mount.
    const downloads = tasks.filter(({ taskType }) => taskType === SyncMode.Download);
    const state = withTasks({ ...inputs, allLabels: labels }, downloads);
    return { state, hasEveryMount: attempt !== undefined };
}

/** The mounts that a list of tasks shows. AGB does not report their policies, so each counts as one that uploads. */
async function mountsOf(tasks: SyncTask[], agb: AgbClient): Promise<Mount[]> {
    const isBelow = (task: SyncTask, other: SyncTask) =>
        task.contextId === other.contextId && task.path.startsWith(`${other.path}/`);
    const roots = tasks.filter((task) => !tasks.some((other) => isBelow(task, other)));
    const mounts = new Map<string, Mount>();
    for (const { contextId, path } of roots) {
        const key = JSON.stringify([contextId, path]);
        // A deleted context can neither be read nor lose anything.
        if (mounts.has(key) || !(await findContext(agb, { id: contextId }))) continue;
        const autoDownload = findTask(tasks, { contextId, path }, SyncMode.Download) !== undefined;
        mounts.set(key, mountSchema.parse({ contextId, path, policy: { downloadPolicy: { autoDownload } } }));
    }
    return [...mounts.values()];
}

const addressOf = ({ contextId, path }: Mount) => ({ contextId, path });
