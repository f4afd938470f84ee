/** `renewBefore`: replaces a session that is about to end while its mounts can still be uploaded without haste. */
import { commandLine } from "../../../common/commandLine";
import type { AgbClient } from "../../agb/index";
import type { Failure } from "../contract";
import { displayName } from "../origin";
import { LIFETIME_SECONDS, type SessionInputs, type SessionState } from "./state";

/** A new session is not due before this time, or it would be renewed by the deployment after the one that created it. */
const MIN_AGE_SECONDS = 5 * 60;
const MAX_RENEW_BEFORE_SECONDS = LIFETIME_SECONDS - MIN_AGE_SECONDS;

/** Inputs of any type, with which no session could be renewed. */
export function renewalFailures({ renewBefore, __protected }: Record<string, unknown>): Failure[] {
    if (renewBefore === undefined || renewBefore === null) return [];
    const failure = (reason: string): Failure => ({ property: "renewBefore", reason });
    return [
        ...(typeof renewBefore === "number" && renewBefore > MAX_RENEW_BEFORE_SECONDS
            ? [failure(`must be at most ${MAX_RENEW_BEFORE_SECONDS}, because a session exists for 30 minutes`)]
            : []),
        ...(__protected === true
            ? [failure("has no effect with the option protect, which blocks every replacement; remove one of them")]
            : []),
    ];
}

/** From when on a deployment renews a session, in milliseconds since the epoch. Undefined if that is never or not known. */
export function renewalTime(
    { expiresAt }: Pick<SessionState, "expiresAt">,
    { renewBefore }: Pick<SessionInputs, "renewBefore">,
): number | undefined {
    // In a preview, it may be unknown, which is a symbol.
    if (typeof renewBefore !== "number" || expiresAt === undefined) return undefined;
    return Date.parse(expiresAt) - renewBefore * 1000;
}

/** Whether a running session has to be renewed now. Times are those of AGB, whose clock the session follows. */
export function isRenewalDue(state: SessionState, inputs: SessionInputs, agb: AgbClient): boolean {
    const time = renewalTime(state, inputs);
    return time !== undefined && time <= agb.serviceTime();
}

/** When a session ends that is not due yet. Undefined if it is not renewed. */
export function renewalNotice(id: string, state: SessionState, inputs: SessionInputs): string | undefined {
    const time = renewalTime(state, inputs);
    if (time === undefined) return undefined;
    return `${displayName("Session", state)} (${id}) ends at ${state.expiresAt ?? ""}. From ${new Date(time).toISOString()} on, \`${commandLine("up")}\` replaces it.`;
}
