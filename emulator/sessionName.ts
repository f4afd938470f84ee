/** The Pulumi resource that a session belongs to, from the labels that the provider gives it. */

export interface SessionName {
    project?: string;
    stack?: string;
    name?: string;
}

const LABELS = { "pulumi-project": "project", "pulumi-stack": "stack", "pulumi-name": "name" } as const;
const ATTEMPT_LABEL = "pulumi-create";

export function sessionName(labels: Record<string, string>): SessionName {
    const entries = Object.entries(LABELS).map(([label, part]) => [part, labels[label]] as const);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** The labels that the provider does not set. */
export function otherLabels(labels: Record<string, string>): Record<string, string> {
    return Object.fromEntries(
        Object.entries(labels).filter(([label]) => !(label in LABELS) && label !== ATTEMPT_LABEL),
    );
}
