/**
 * Sessions that carry the labels of a resource whose state contains none: an interrupted run, `pulumi state delete` or
 * `retainOnDelete` left them behind. When such a session ends, AGB uploads its mounts over whatever the contexts hold by
 * then, so none is left to that while a new session of the same resource works.
 */
import { errorMessage } from "../../../common/errorMessage";
import { sessionEndState, type AgbClient, type MountAddress } from "../../agb/index";
import { sessionDefinition } from "../../definitions/session";
import type { Account } from "../account";
import { PartialFailure } from "../contract";
import { declarations } from "../declared/declarations";
import { displayName, type Origin } from "../origin";
import { diffInputs } from "../support/diff";
import { wrapError } from "../support/errors";
import { isOfThisDeployment, readAttempt, type Attempt } from "./attempts";
import { deleteSession } from "./delete";
import { ATTEMPT_LABEL, originLabels } from "./labels";
import { sameMounts } from "./mounts";
import { isRenewalDue } from "./renewal";
import { expiryOf, withTasks, type SessionInputs, type SessionState } from "./state";
import { updateSession } from "./update";

/** A session that ends sooner than this is replaced instead of taken over. */
const MIN_REMAINING_MS = 10 * 60 * 1000;

/** A session that this deployment is known to have created. */
interface Predecessor {
    id: string;
    attempt: Attempt;
    state: SessionState;
}

/**
 * Deals with the predecessors of a session that is about to be created. Takes one over if it fits the inputs, and returns
 * it. Otherwise uploads and releases them, and returns nothing. Sessions of others are not touched.
 */
export async function settlePredecessors(
    inputs: SessionInputs,
    account: Account,
    until: number,
): Promise<{ id: string; state: SessionState } | undefined> {
    const own = await findPredecessors(inputs, account);
    const [first] = own;
    if (first && own.length === 1 && isFitting(first, inputs, account.agb)) {
        const state = await takeOver(first, inputs, account, until);
        if (state) return { id: first.id, state };
    }
    // The oldest first: where several have a file, the upload of the newest counts.
    for (const predecessor of own) await release(predecessor, inputs, account);
    return undefined;
}

/** The running predecessors of this deployment, oldest first. Warns about those of others. */
async function findPredecessors(inputs: SessionInputs, account: Account): Promise<Predecessor[]> {
    const { agb, reporter } = account;
    const { __origin: origin } = inputs;
    if (!origin || !(await mayHavePredecessors(origin, inputs, account))) return [];
    const { project, stack, name } = origin;
    const own: Predecessor[] = [];
    for await (const { sessionId: id } of agb.listSessions(originLabels({ project, stack, name }))) {
        const labels = await whileRunning(agb, id, () => agb.getLabels(id));
        if (!labels) continue;
        const attempt = await readAttempt(labels[ATTEMPT_LABEL] ?? "");
        if (!attempt || !isOfThisDeployment(attempt)) {
            const tasks = await whileRunning(agb, id, () => agb.getSyncTasks(id));
            if (tasks) reporter.warn(duplicateWarning(id, inputs, stack, tasks.tasks));
        } else if (attempt.inputs.__origin && identityOf(attempt.inputs.__origin) === identityOf(origin)) {
            own.push({ id, attempt, state: stateOf(attempt, labels) });
        }
    }
    return own.sort((a, b) => a.attempt.startedAt - b.attempt.startedAt);
}

/**
 * Whether a running session of the stack may belong to the resource. The stack is locked, so its predecessors have run since
 * before this deployment, and one listing serves all resources.
 */
async function mayHavePredecessors(origin: Origin, inputs: SessionInputs, account: Account): Promise<boolean> {
    const running = await account.runningSessions(origin);
    return [...running].some((id) => !declarations.isOfAnother(id, inputs));
}

/** What distinguishes a resource from all others of its deployment, whatever it depends on. */
const identityOf = ({ project, stack, name, parents, urn }: Origin): string =>
    urn ?? JSON.stringify([project, stack, name, parents]);

/** The result of a look at a session, or `undefined` if it has ended since it was listed. */
async function whileRunning<T>(agb: AgbClient, id: string, look: () => Promise<T>): Promise<T | undefined> {
    try {
        return await look();
    } catch (error) {
        if (await sessionEndState(agb, id)) return undefined;
        throw error;
    }
}

/** The state that the attempt would have recorded. */
function stateOf({ startedAt, inputs }: Attempt, allLabels: Record<string, string>): SessionState {
    return withTasks({ ...inputs, allLabels, expiresAt: expiryOf(startedAt) }, []);
}

function isFitting({ attempt, state }: Predecessor, inputs: SessionInputs, agb: AgbClient): boolean {
    const { replaces } = diffInputs(sessionDefinition, attempt.inputs, inputs, { contextSyncs: sameMounts });
    const remainingMs = Date.parse(expiryOf(attempt.startedAt)) - Date.now();
    return replaces.length === 0 && remainingMs >= MIN_REMAINING_MS && !isRenewalDue(state, inputs, agb);
}

/** Makes a predecessor the session of the resource. Returns nothing if it has ended meanwhile. */
async function takeOver(
    { id, attempt, state }: Predecessor,
    inputs: SessionInputs,
    account: Account,
    until: number,
): Promise<SessionState | undefined> {
    account.reporter.info(
        `${displayName("Session", inputs)} (${id}) was created by an earlier run at ${new Date(attempt.startedAt).toISOString()} and is missing in the state. It is taken over.`,
    );
    try {
        return await updateSession(id, state, inputs, account, until);
    } catch (error) {
        if (error instanceof PartialFailure) throw error;
        if (await sessionEndState(account.agb, id)) return undefined;
        throw new PartialFailure(
            id,
            { ...state, ...inputs },
            `${displayName("Session", inputs)} (${id}) was taken over, but then: ${errorMessage(error)}`,
        );
    }
}

async function release({ id, state }: Predecessor, inputs: SessionInputs, account: Account): Promise<void> {
    const session = displayName("Session", inputs);
    account.reporter.info(
        `${session} (${id}) was created by an earlier run and is missing in the state. Its mounts are uploaded and it is released before a new session is created.`,
    );
    try {
        await deleteSession(
            id,
            { ...state, forceDestroy: inputs.forceDestroy, __timeouts: inputs.__timeouts },
            account,
        );
    } catch (error) {
        throw wrapError(`${session} was not created, because the session of an earlier run could not be ended`, error);
    }
}

function duplicateWarning(id: string, inputs: SessionInputs, stack: string, mounts: MountAddress[]): string {
    const folders = [...new Set(mounts.map(({ contextId, path }) => `${path} to context ${contextId}`))];
    const uploads =
        folders.length === 0
            ? ""
            : ` When it ends, AGB may upload ${folders.join(" and ")}, and replace newer files there.`;
    return (
        `${displayName("Session", inputs)}: the account already runs ${id} for the same project, stack and name, created by another user, on another machine or in another folder. It is left alone.${uploads} ` +
        `To end it now and keep the files that the contexts hold, run \`npx pulumi-agb session release ${id} --stack ${stack}\`.`
    );
}
