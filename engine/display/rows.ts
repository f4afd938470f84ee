/** What a live display knows of each resource: where it stands in the tree, what is done to it, and what it says. */
import type { DiagnosticEvent, Operation, StepEvent } from "../model/events";
import { PARTS_OF_REPLACEMENT } from "./operations";
import { diffSummary } from "./values";

export interface Row {
    urn: string;
    parent: string | undefined;
    operation: Operation;
    status: "planned" | "doing" | "done" | "failed";
    beganAt: number;
    endedAt: number;
    /** `[diff: ~size]`. */
    diff: string;
    /** The status that a provider shows while it waits, or the last message. */
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
            // In a preview a replacement is one thing.
            operation:
                planning && known?.operation === "replace" && PARTS_OF_REPLACEMENT.includes(step.operation)
                    ? "replace"
                    : step.operation,
            status: planning ? "planned" : kind === "begin" ? "doing" : kind,
            beganAt: kind === "begin" || known === undefined ? now : known.beganAt,
            endedAt: now,
            diff: diffSummary(step) || (known?.diff ?? ""),
            info: kind === "begin" ? "" : (known?.info ?? ""),
        };
        this.#rows.set(step.urn, row);
    }

    message(urn: string, { severity, ephemeral }: Pick<DiagnosticEvent, "severity" | "ephemeral">, text: string): void {
        const row = this.#rows.get(urn);
        // A status ends with an empty text; a message stays until something newer is said.
        if (row !== undefined && severity !== "debug" && (ephemeral || text !== "")) {
            this.#rows.set(urn, { ...row, info: text.split("\n")[0] ?? "" });
        }
    }

    /** The rows worth showing, each with how deep it stands: what changes or says something, and what they hang on. */
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
