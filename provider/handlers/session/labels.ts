/** The labels of a session: the user's, the defaults of the stack, and those that identify a session's resource. */
import { randomUUID } from "node:crypto";
import type { Origin } from "../origin";

/** Identifies one attempt to create a session. It resolves an unclear outcome, because names are not unique. */
export const ATTEMPT_LABEL = "pulumi-create";
const ORIGIN_LABELS = { project: "pulumi-project", stack: "pulumi-stack", name: "pulumi-name" } as const;
/** Labels that only this package sets. */
export const RESERVED_LABELS: readonly string[] = [ATTEMPT_LABEL, ...Object.values(ORIGIN_LABELS)];

export function originLabels(origin: Partial<Pick<Origin, "project" | "stack" | "name">>): Record<string, string> {
    const pairs = (["project", "stack", "name"] as const).flatMap((part) =>
        origin[part] ? [[ORIGIN_LABELS[part], origin[part]]] : [],
    );
    return Object.fromEntries(pairs) as Record<string, string>;
}

/** The resource that a session's labels name. Sessions that others created may have none. */
export function labeledOrigin(labels: Record<string, string>): {
    [Part in keyof typeof ORIGIN_LABELS]?: string | undefined;
} {
    const { project, stack, name } = ORIGIN_LABELS;
    return { project: labels[project], stack: labels[stack], name: labels[name] };
}

/** A unique value for {@link ATTEMPT_LABEL}. */
export const newAttemptId = (): string => randomUUID();

/** All labels of a resource's session. */
export function allLabels(
    labels: Record<string, string>,
    defaults: Record<string, string>,
    origin: Origin | undefined,
    attempt: string | undefined,
): Record<string, string> {
    return { ...defaults, ...labels, ...originLabels(origin ?? {}), ...(attempt ? { [ATTEMPT_LABEL]: attempt } : {}) };
}

/** The user's labels among all labels of a session. */
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
