/** How long an operation may take: the option `customTimeouts`, by default 5 minutes. */
import { setMaxListeners } from "node:events";
import { parseDuration } from "../../../common/duration";
import { MAX_TIMER_MS } from "../../agb/timeLimit";
import type { CommonInputs } from "../origin";

const DEFAULT_TIMEOUT_SECONDS = 300;

const OPERATIONS = ["create", "update", "delete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How long an operation may take, in milliseconds. Pulumi has no option for the others, so the longest limit applies to them. */
export function timeLimitMs({ __timeouts }: CommonInputs, operation: Operation | "read"): number {
    const operations = operation === "read" ? OPERATIONS : [operation];
    return (
        Math.max(...operations.map((one) => parseDuration(__timeouts?.[one] ?? "") ?? DEFAULT_TIMEOUT_SECONDS)) * 1000
    );
}

/** When an operation that starts now must be finished, in milliseconds since the epoch. */
export function deadline(inputs: CommonInputs, operation: Operation): number {
    return Date.now() + timeLimitMs(inputs, operation);
}

/** Aborts transfers at the given time, in milliseconds since the epoch. */
export function abortAt(time: number): AbortSignal {
    const signal = AbortSignal.timeout(Math.min(Math.max(time - Date.now(), 0), MAX_TIMER_MS));
    // One listener for each transfer of a folder is not a leak.
    setMaxListeners(0, signal);
    return signal;
}
