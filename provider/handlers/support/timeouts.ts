/** Pulumi's `customTimeouts`, which the engine does not pass on to dynamic providers: the resource's constructor does. */
import type { CommonInputs } from "../contract";

const DEFAULT_SECONDS = 300;
/** The longest time that a timer can be set to, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;
const UNITS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** When an operation that begins now has to be over, in milliseconds since the epoch. Default: 5 minutes from now. */
export function deadline(inputs: CommonInputs, operation: "create" | "update" | "delete"): number {
    return Date.now() + seconds(inputs.__timeouts?.[operation]) * 1000;
}

/** What ends a transfer at a moment in milliseconds since the epoch. */
export function abortAt(moment: number): AbortSignal {
    return AbortSignal.timeout(Math.min(Math.max(moment - Date.now(), 0), LONGEST_TIMER));
}

/** `90s`, `5m`, `1h30m`, as Pulumi writes durations. Anything else is the default. */
export function seconds(duration: string | undefined): number {
    const parts = [...(duration ?? "").matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    if (parts.length === 0 || parts.map(([part]) => part).join("") !== duration) return DEFAULT_SECONDS;
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? ""] ?? 0), 0);
}
