/** The rows of the live display: each resource's position in the tree, its operation, and its latest message. */
import type { DiagnosticEvent, Operation, StepEvent } from "../model/events";
import { REPLACEMENT_STEPS } from "./operations";
import { diffSummary } from "./values";

export interface Row {
    urn: string;
    parent: string | undefined;
    operation: Operation;
    status: "planned" | "doing" | "done" | "failed";
    startedAt: number;
    endedAt: number;
    /** The changed inputs: `[diff: ~size]`. */
    diff: string;
    /** The status of a waiting provider, or the latest message. */
    info: string;
}

export class Rows {
    readonly #rows = new Map<string, Row>();

    step({ kind, step, planning }: StepEvent, now: number): void {
        if (step.internal) {
            return;
        }
        const known = this.#rows.get(step.urn);
        const row: Row = {
            urn: step.urn,
            parent: step.new?.parent ?? step.old?.parent ?? known?.parent,
            // A preview shows a replacement as a whole.
            operation:
                planning && known?.operation === "replace" && REPLACEMENT_STEPS.includes(step.operation)
                    ? "replace"
                    : step.operation,
            status: planning ? "planned" : kind === "begin" ? "doing" : kind,
            startedAt: kind === "begin" || known === undefined ? now : known.startedAt,
            endedAt: now,
            diff: diffSummary(step) || (known?.diff ?? ""),
            info: kind === "begin" ? "" : (known?.info ?? ""),
        };
        this.#rows.set(step.urn, row);
    }

    message(urn: string, { severity, ephemeral }: Pick<DiagnosticEvent, "severity" | "ephemeral">, text: string): void {
        const row = this.#rows.get(urn);
        // An empty text ends a status. A message remains until a newer one arrives.
        if (row !== undefined && severity !== "debug" && (ephemeral || text !== "")) {
            this.#rows.set(urn, { ...row, info: text.split("\n")[0] ?? "" });
        }
    }

    /** The rows that have a change or a message, and their ancestors, each with its branch of the tree. */
    tree(): { row: Row; branch: string }[] {
        const shown = new Set<string>();
        for (const row of this.#rows.values()) {
            if (row.operation !== "same" || row.info !== "" || row.parent === undefined) {
                for (
                    let urn: string | undefined = row.urn;
                    urn !== undefined && !shown.has(urn);
                    urn = this.#rows.get(urn)?.parent
                ) {
                    shown.add(urn);
                }
            }
        }
        return this.#below(undefined, "", shown);
    }

    #below(parent: string | undefined, indent: string, shown: ReadonlySet<string>): { row: Row; branch: string }[] {
        const children = [...this.#rows.values()].filter(
            (row) => shown.has(row.urn) && (this.#rows.has(row.parent ?? "") ? row.parent : undefined) === parent,
        );
        return children.flatMap((row, index) => {
            const isLast = index === children.length - 1;
            const branch = parent === undefined ? "" : `${indent}${isLast ? "└─ " : "├─ "}`;
            return [
                { row, branch },
                ...this.#below(row.urn, parent === undefined ? "" : `${indent}${isLast ? "   " : "│  "}`, shown),
            ];
        });
    }
}
