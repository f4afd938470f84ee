/** How long an operation may take: the option `customTimeouts`, by default 5 minutes. */
import { parseDuration } from "../../../common/duration";
import type { CommonInputs } from "../origin";

const DEFAULT_TIMEOUT_SECONDS = 300;
/** The longest delay that a timer supports. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When an operation that starts now must be finished, in milliseconds since the epoch. */
export function deadline({ __timeouts }: CommonInputs, operation: "create" | "update" | "delete"): number {
    return Date.now() + (parseDuration(__timeouts?.[operation] ?? "") ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
}

/** Aborts a transfer at the given time, in milliseconds since the epoch. */
export function abortAt(time: number): AbortSignal {
    return AbortSignal.timeout(Math.min(Math.max(time - Date.now(), 0), MAX_TIMER_MS));
}
