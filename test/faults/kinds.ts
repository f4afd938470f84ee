/** The faults of the matrix, and which calls they concern. */

/** How long a call may take while a fault is injected. */
export const CALL_TIMEOUT_MS = 250;

export interface FaultKind {
    /** How the emulator names it; see `FAULT_KINDS`. */
    kind: string;
    /** The heading of its column. */
    title: string;
    /** The calls that it makes sense for; every call by default. */
    calls?: readonly string[];
    /** Whether it cannot persist. */
    passes?: true;
}

const LISTINGS = ["ListContexts", "ListSession", "DescribeContextFiles"];
const FOLDERS = ["DescribeContextFiles"];
const SYNCS = ["createSession", "SyncContext"];
const TASKS = ["GetContextInfo"];

export const KINDS: readonly FaultKind[] = [
    { kind: "InvalidParameter", title: "error code" },
    { kind: "403", title: "403 for a quota" },
    { kind: "429=later", title: "429, `Retry-After: later`" },
    { kind: "429=86400", title: "429, `Retry-After: 86400`" },
    { kind: "503", title: "503 before the effect" },
    { kind: "503after", title: "503 after the effect" },
    { kind: "after", title: "500 after the effect" },
    { kind: `delay=${CALL_TIMEOUT_MS + 150}`, title: "answer after the time limit" },
    { kind: "hang", title: "no answer, no effect" },
    { kind: "hang-after", title: "no answer after the effect" },
    { kind: "reset", title: "reset before the effect" },
    { kind: "reset-after", title: "reset after the effect" },
    { kind: "truncated", title: "truncated body" },
    { kind: "trickle=60", title: "body in single bytes" },
    { kind: "html", title: "web page" },
    { kind: "redirect", title: "redirect" },
    { kind: "types", title: "other types" },
    { kind: "endless", title: "pages without end", calls: LISTINGS },
    { kind: "endless=token", title: "repeated page token", calls: LISTINGS },
    { kind: "loop", title: "folder that contains itself", calls: FOLDERS },
    { kind: "shift", title: "pages that shift while they are read", calls: LISTINGS, passes: true },
    { kind: "fail", title: "failed sync", calls: SYNCS },
    { kind: "late=3", title: "tasks listed late", calls: TASKS },
    { kind: "history", title: "tasks after earlier ones", calls: TASKS },
    { kind: "history=last", title: "tasks before earlier ones", calls: TASKS },
    { kind: "missing", title: "no task listed", calls: TASKS },
    { kind: "missing=download", title: "no download listed", calls: TASKS },
];

/** The faults that concern a call. */
export const kindsFor = (call: string): FaultKind[] => KINDS.filter(({ calls }) => calls?.includes(call) ?? true);

/** Which occurrences of a call fail: the one with this number, or all. */
export type Placement = number | "all";

const MAX_OCCURRENCES = 2;
/** Calls that are repeated until something has happened, so their number varies. */
export const POLLED = ["GetContextInfo", "getSessionInfo"];
const POLLED_OCCURRENCES = 2;

/** The placements of a fault in a call that a run without a fault makes `occurrences` times. */
export function placements({ passes }: FaultKind, call: string, occurrences: number): Placement[] {
    const single = POLLED.includes(call) ? POLLED_OCCURRENCES : Math.min(occurrences, MAX_OCCURRENCES);
    return [...Array.from({ length: single }, (_, index) => index + 1), ...(passes ? [] : ["all" as const])];
}
