/** The labels of a session: the user's, the stack's defaults, and those by which we know our own sessions again. */
import { randomUUID } from "node:crypto";
import type { Origin } from "../origin";

/** Marks one attempt to create a session: by it alone an unclear outcome is resolved, since names are not unique. */
export const ATTEMPT_LABEL = "pulumi-create";
const ORIGIN_LABELS = { project: "pulumi-project", stack: "pulumi-stack", name: "pulumi-name" } as const;
/** Labels that only we set. */
export const RESERVED_LABELS: readonly string[] = [ATTEMPT_LABEL, ...Object.values(ORIGIN_LABELS)];

export function originLabels(origin: Partial<Pick<Origin, "project" | "stack" | "name">>): Record<string, string> {
    const pairs = (["project", "stack", "name"] as const).flatMap((part) =>
        origin[part] ? [[ORIGIN_LABELS[part], origin[part]]] : [],
    );
    return Object.fromEntries(pairs) as Record<string, string>;
}

/** A value that no other attempt has. */
export const newAttemptId = (): string => randomUUID();

/** All labels of a session that stands for this resource. */
export function allLabels(
    labels: Record<string, string>,
    defaults: Record<string, string>,
    origin: Origin | undefined,
    attempt: string | undefined,
): Record<string, string> {
    return { ...defaults, ...labels, ...originLabels(origin ?? {}), ...(attempt ? { [ATTEMPT_LABEL]: attempt } : {}) };
}

/** The user's own labels among those that a session carries. */
export function userLabels(
    carried: Record<string, string>,
    defaults: Record<string, string>,
    declared: Record<string, string>,
): Record<string, string> {
    return Object.fromEntries(
        Object.entries(carried).filter(
            ([key, value]) => !RESERVED_LABELS.includes(key) && (key in declared || defaults[key] !== value),
        ),
    );
}
