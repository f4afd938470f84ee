/** The labels of a session: the user's, the defaults of the stack, and those that identify a session's resource. */
import { randomUUID } from "node:crypto";
import type { Origin } from "../origin";
import { asRecord } from "../support/values";

/** Identifies one attempt to create a session. It resolves an unclear outcome, because names are not unique. */
export const ATTEMPT_LABEL = "pulumi-create";
const ORIGIN_LABELS = { project: "pulumi-project", stack: "pulumi-stack", name: "pulumi-name" } as const;
/** Labels that only this package sets. */
const RESERVED_LABELS: readonly string[] = [ATTEMPT_LABEL, ...Object.values(ORIGIN_LABELS)];

/**
 * AGB changes labels with a call that has all of them in its URL, and servers refuse URLs of more than 16 KB. This leaves room
 * for the default labels and those of this package.
 */
const MAX_LABELS_BYTES = 8000;
export const MAX_DEFAULT_LABELS_BYTES = 2000;

/** The size of labels in a URL. Unknown values do not count. */
export const labelsSize = (labels: object): number =>
    new URLSearchParams({ Labels: JSON.stringify(labels) }).toString().length;

/** Failures that the schema cannot find. The labels may have any type, and values may be unknown. */
export function labelFailures(labels: unknown): { property: string; reason: string }[] {
    const record = asRecord(labels);
    const failures = Object.keys(record).flatMap((key) => {
        const reason = keyProblem(key);
        return reason === undefined ? [] : [{ property: `labels[${JSON.stringify(key)}]`, reason }];
    });
    const size = labelsSize(record);
    if (size > MAX_LABELS_BYTES) {
        failures.push({
            property: "labels",
            reason: `take ${size} bytes in a URL, but at most ${MAX_LABELS_BYTES} can be changed later; use fewer or shorter ones`,
        });
    }
    return failures;
}

function keyProblem(key: string): string | undefined {
    if (key === "") return "the key of a label must not be empty";
    // JavaScript treats it as the prototype of an object, so it would be lost on the way.
    if (key === "__proto__") return "is not possible as the key of a label; choose another key";
    return RESERVED_LABELS.includes(key) ? "is reserved for pulumi-agb; choose another key" : undefined;
}

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
            ([key, value]) =>
                !RESERVED_LABELS.includes(key) && (Object.hasOwn(declared, key) || defaults[key] !== value),
        ),
    );
}
