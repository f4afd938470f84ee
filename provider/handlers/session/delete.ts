/** Deletes a session without losing its data. */
import { errorMessage } from "../../../common/errorMessage";
import { AgbApiError, sessionEndState } from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import type { Account } from "../account";
import { displayName } from "../origin";
import type { Reporter } from "../reporter";
import { forceDestroyHint, wrapError } from "../support/errors";
import { deadline } from "../support/timeouts";
import { autoUploads, type SessionState } from "./state";
import { saveMounts, UnsavedError } from "./uploads";

/**
 * Uploads the mounts, releases the session, and waits until it is gone. A session that is already gone is fine. Only with
 * `hasEveryMount: false` may the session have mounts that are not in the state.
 */
export async function deleteSession(
    id: string,
    state: SessionState,
    account: Account,
    { hasEveryMount = true } = {},
): Promise<void> {
    const until = deadline(state, "delete");
    const { agb, reporter } = account;
    const [end, seen] = await Promise.all([
        sessionEndState(agb, id),
        state.contextSyncs.some(autoUploads) ? account.syncs(id, state.idleReleaseTimeout).look() : undefined,
    ]);
    if (end === "gone") return;
    if (!end) {
        const isForced = account.isForceDestroyed("Session", state);
        try {
            await saveMounts(id, state, account, { deadline: until, isForced, hasEveryMount, seen });
        } catch (error) {
            if (await sessionEndState(agb, id)) reportEnd(id, state, error, reporter);
            else if (!isForced) throw notReleasedError(id, state, error);
            else {
                reporter.warn(
                    `${subject(id, state)} could not be saved completely: ${reasonOf(error)}.${releaseEffects(error)} Releasing it anyway because forceDestroy is set.`,
                );
            }
        }
        await release(id, state, account);
    }
    await waitUntilGone(id, state, account, until);
}

async function release(id: string, state: SessionState, { agb }: Account): Promise<void> {
    try {
        await agb.releaseSession(id);
    } catch (error) {
        // Without an answer, the release may still have started. The following wait finds out.
        if (error instanceof AgbApiError && !(await sessionEndState(agb, id))) {
            throw wrapError(notReleased(id, state), error);
        }
    }
}

/** A session that AGB is releasing may still be uploading. The next session must find its data. */
async function waitUntilGone(
    id: string,
    state: SessionState,
    { agb, reporter }: Account,
    until: number,
): Promise<void> {
    const onProgress = (waited: number) =>
        reporter.status(`${state.__origin?.name ?? id}: waiting for its release, ${Math.round(waited / 1000)} s`);
    const gone = await pollUntil(async () => (await sessionEndState(agb, id)) === "gone" || undefined, {
        deadline: until,
        onProgress,
    });
    if (!gone) {
        throw new Error(
            `${notReleased(id, state)} in time: AGB still lists it. Run the command again, or allow more time with customTimeouts.`,
        );
    }
}

const subject = (id: string, state: SessionState) => `${displayName("Session", state)} (${id})`;

const notReleased = (id: string, state: SessionState) => `${subject(id, state)} could not be released`;

/** Without a full stop, so the sentence can continue. */
const reasonOf = (error: unknown) => errorMessage(error).replace(/\.$/, "");

function notReleasedError(id: string, state: SessionState, error: unknown): Error {
    const advice = (error instanceof UnsavedError && error.advice) || "Run the command again to repeat it.";
    return new Error(
        `${subject(id, state)} was not released, so nothing is lost: ${reasonOf(error)}. ${advice} ` +
            forceDestroyHint("release it anyway", "Session", state),
        { cause: error },
    );
}

/** AGB uploads the mounts of a session that ends by itself, but not for longer than a minute, and reports no failure. */
function reportEnd(id: string, state: SessionState, error: unknown, reporter: Reporter): void {
    if (!(error instanceof UnsavedError) || error.notUploaded.length === 0) return;
    const mounts = error.notUploaded.map(({ contextId, path }) => `${path} to context ${contextId}`);
    reporter.warn(
        `${subject(id, state)} ended before the upload of ${mounts.join(", ")} was confirmed. AGB itself uploads the mounts of a session that ends, but stops after a minute: check the files there.${releaseEffects(error)}`,
    );
}

/** What AGB's own upload at the release may do to contexts whose data the mounts lack. */
function releaseEffects(error: unknown): string {
    if (!(error instanceof UnsavedError)) return "";
    return error.withoutData
        .map(({ contextId, path, removesFiles }) =>
            removesFiles
                ? ` At the release, AGB may remove from context ${contextId} every file below ${path} that the session does not have.`
                : ` At the release, AGB may replace files below ${path} in context ${contextId} with those of the session.`,
        )
        .join("");
}
