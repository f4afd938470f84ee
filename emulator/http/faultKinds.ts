/** The kinds of injected faults, and how a fault is written. */

export interface Fault {
    /** The last component of the call's URL, such as `SyncContext`. `objects` is a presigned URL, `*` every call. */
    call: string;
    /** One of {@link FAULT_KINDS}, with its value if it takes one, or an error code to respond with. */
    kind: string;
    /** From 0 to 1. */
    probability: number;
    /** How often the fault occurs at most. */
    count?: number;
}

/** Every kind of fault and what it does, in groups. */
export const FAULT_KINDS = {
    "Without effect": {
        "429[=VALUE]": "responds with status 429 and VALUE as Retry-After: seconds, a date or any text (1)",
        "503": "responds with status 503",
        "403[=CODE]": "responds with status 403, an error code and a message about a quota (Quota.Exceeded)",
        redirect: "responds with status 302 and a body that looks like success",
        html: "responds with a web page",
        hang: "never responds",
        reset: "resets the connection",
        CODE: "responds with any other error code, such as Throttling.User",
    },
    "With effect": {
        after: "takes effect, then responds with status 500",
        "503after": "takes effect, then responds with status 503",
        "reset-after": "takes effect, then resets the connection",
        "hang-after": "takes effect, then never responds",
        "delay[=MS]": "takes effect and responds after a delay (2000)",
        truncated: "sends half of the response, then resets the connection",
        "trickle[=MS]": "sends one byte of the response at a time, with pauses (300)",
        types: "responds with text instead of numbers, and numbers instead of text",
        fail: "lets the sync tasks that the call starts fail",
    },
    "In listings": {
        endless: "repeats the first page with a new token, and fills pages of files",
        "endless=token": "repeats the first page with the same token",
        loop: "lists a folder as its own child",
        shift: "puts a short-lived entry on the first page, so the next page misses one",
    },
    "In GetContextInfo": {
        "late[=N]": "lists a task only after N lookups, and the run before it until then (1)",
        "history[=last]": "also lists an earlier run of each task, before or after it",
        "missing[=TYPE]": "lists no tasks, or none of the type upload or download",
    },
} as const;

const { "Without effect": _, ...withEffect } = FAULT_KINDS;
const NAMES_WITH_EFFECT = new Set(
    Object.values(withEffect).flatMap((kinds) => Object.keys(kinds).map((kind) => kind.replace(/[[=].*/, ""))),
);

/** Whether the call takes effect despite the fault. */
export const takesEffect = ({ name }: ActiveFault): boolean => NAMES_WITH_EFFECT.has(name);

/** Parses `CALL:KIND:PROBABILITY[:COUNT]`. Only the value of a kind may contain colons. */
export function parseFault(text: string): Fault {
    const [, call = "", kind = "", probability = "", count] =
        /^([^:]+):([^:=]+(?:=.*?)?):([^:]+)(?::([^:]+))?$/.exec(text) ?? [];
    const fault = {
        call,
        kind,
        probability: Number(probability || NaN),
        ...(count !== undefined && { count: Number(count) }),
    };
    const isValid =
        fault.probability >= 0 && fault.probability <= 1 && (count === undefined || Number.isInteger(fault.count));
    if (!isValid) {
        throw new Error(
            `"${text}" is not a valid fault. Use CALL:KIND:PROBABILITY[:COUNT], such as SyncContext:503:0.2 or createSession:hang:1:1`,
        );
    }
    return fault;
}

/** A fault that applies to a request: its kind without and with the value. */
export interface ActiveFault {
    name: string;
    value: string | undefined;
}

export const formatKind = ({ name, value }: ActiveFault): string => (value === undefined ? name : `${name}=${value}`);

/** Splits a kind from its value. */
export function splitKind(kind: string): ActiveFault {
    const at = kind.indexOf("=");
    return at < 0 ? { name: kind, value: undefined } : { name: kind.slice(0, at), value: kind.slice(at + 1) };
}
