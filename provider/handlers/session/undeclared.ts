/**
 * Running sessions of the stack that the deployment has not declared: an update with `--target` leaves them out, or the state
 * does not contain them. They upload their mounts when they end, like any other session.
 */
import { forEachConcurrently } from "../../../common/concurrency";
import type { MountAddress } from "../../agb/index";
import type { Account } from "../account";
import { declarations } from "../declared/declarations";
import { displayName } from "../origin";
import { isWithin, trimTrailingSlash } from "../support/paths";
import { readAttempt } from "./attempts";
import { ATTEMPT_LABEL, labeledOrigin } from "./labels";
import { knownMounts } from "./mounts";
import { autoUploads, type SessionInputs } from "./state";

const CONCURRENCY = 8;

/**
 * Warns about running sessions that compete with one that is about to be created or has been created. The journal describes
 * those that this machine created. `includeUnknown` includes the others, whose policies are not known, which only makes sense
 * when everything that the deployment declares has been checked.
 */
export async function warnAboutUndeclared(
    inputs: SessionInputs,
    account: Account,
    options: { includeUnknown: boolean },
): Promise<void> {
    if (!inputs.__origin || !knownMounts(inputs).some(autoUploads)) return;
    try {
        // One listing, before anything was created, serves the whole deployment.
        const running = await account.runningSessions(inputs.__origin, Infinity);
        const undeclared = [...running].filter((id) => !declarations.hasSession({ id }));
        await forEachConcurrently(undeclared, CONCURRENCY, async (id) => {
            for (const warning of await warningsAbout(id, inputs, account, options)) account.reporter.warn(warning);
        });
    } catch {
        // A session has ended meanwhile, or AGB cannot be reached. Neither must fail the deployment of this one.
    }
}

async function warningsAbout(
    id: string,
    inputs: SessionInputs,
    { agb }: Account,
    { includeUnknown }: { includeUnknown: boolean },
): Promise<string[]> {
    const labels = await agb.getLabels(id);
    const { name } = labeledOrigin(labels);
    // Includes other sessions of the same resource, which are dealt with before a new one is created.
    if (declarations.hasSession({ name })) return [];
    const attempt = await readAttempt(labels[ATTEMPT_LABEL] ?? "");
    if (attempt) {
        declarations.identifySession(id, attempt.inputs);
        return declarations.addSession(attempt.inputs);
    }
    if (!includeUnknown) return [];
    const shared = sharedMount(inputs, (await agb.getSyncTasks(id)).tasks);
    if (!shared) return [];
    return [
        `${displayName("Session", inputs)} uploads to context ${shared.contextId}, which the running session "${name ?? "?"}" (${id}) mounts at ${shared.path}. This deployment does not include that session. ` +
            "If it uploads too, the last upload of each file wins and may remove what only the other session has.",
    ];
}

/** A mount of another session that overlaps with one that this session uploads. */
function sharedMount({ contextSyncs }: SessionInputs, others: MountAddress[]): MountAddress | undefined {
    const mine = contextSyncs.filter(autoUploads);
    return others.find((other) =>
        mine.some(({ contextId, path }) => {
            const folder = trimTrailingSlash(path);
            return contextId === other.contextId && (isWithin(other.path, folder) || isWithin(folder, other.path));
        }),
    );
}
