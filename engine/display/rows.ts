/** The rows of a display, one for each resource: its position in the tree, its operation, and its latest message. */
import type { DiagnosticEvent, Operation, StepEvent } from "../model/events";
import { REPLACEMENT_STEPS } from "./operations";
import { diffSummary } from "./stepInputs";

export interface Row {
    urn: string;
    parent: string | undefined;
    /** False for the stack and other components. */
    custom: boolean;
    operation: Operation;
    status: "planned" | "doing" | "done" | "failed";
    /** When the first operation on the resource started, and the current one. */
    firstStartedAt: number;
    startedAt: number;
    endedAt: number;
    /** The operation is part of a replacement. */
    isReplacement: boolean;
    /** The changed inputs: `[diff: ~size]`. */
    diff: string;
    /** The status of a waiting provider, or the latest message. */
    info: string;
    /** The row has a message that stays. */
    hasMessage: boolean;
}

type Message = Pick<DiagnosticEvent, "severity" | "ephemeral" | "text">;

export class Rows {
    readonly #stackURN: string;
    readonly #planning: boolean;
    readonly #rows = new Map<string, Row>();

    constructor(stackURN: string, planning: boolean) {
        this.#stackURN = stackURN;
        this.#planning = planning;
    }

    step({ kind, step, planning }: StepEvent, now: number): Row {
        const known = this.#rows.get(step.urn) ?? this.#emptyRow(step.urn, now);
        const isStart = kind === "begin" || !this.#rows.has(step.urn);
        const row: Row = {
            ...known,
            parent: step.new?.parent ?? step.old?.parent ?? (step.urn === this.#stackURN ? undefined : known.parent),
            custom: (step.new ?? step.old)?.custom ?? known.custom,
            operation: step.operation,
            status: planning ? "planned" : kind === "begin" ? "doing" : kind,
            startedAt: isStart ? now : known.startedAt,
            endedAt: now,
            isReplacement: known.isReplacement || step.operation === "replace",
            diff: diffSummary(step) || known.diff,
            info: kind === "begin" ? "" : known.info,
        };
        this.#rows.set(step.urn, row);
        return row;
    }

    /** Records a message; its resource may have no operation, such as one whose inputs were rejected. */
    message(urn: string, { severity, ephemeral = false, text }: Message): void {
        // An empty text ends a status. A message remains until a newer one arrives.
        if (severity === "debug" || (text === "" && !ephemeral)) return;
        const row = this.#rows.get(urn) ?? this.#emptyRow(urn, Date.now());
        const prefix = severity === "info" ? "" : `${severity}: `;
        const info = text === "" ? "" : prefix + (text.split("\n")[0] ?? "");
        this.#rows.set(urn, { ...row, info, hasMessage: row.hasMessage || !ephemeral });
    }

    all(): Row[] {
        return [...this.#rows.values()];
    }

    /** The rows that have a change or a message, and their ancestors, each with its branch of the tree. */
    tree(): { row: Row; branch: string }[] {
        const shown = new Set<string>();
        for (const row of this.#rows.values()) {
            if (row.operation !== "same" || row.info !== "" || row.hasMessage || row.parent === undefined) {
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

    #emptyRow(urn: string, now: number): Row {
        return {
            urn,
            parent: urn === this.#stackURN ? undefined : this.#stackURN,
            custom: false,
            operation: "same",
            status: this.#planning ? "planned" : "done",
            firstStartedAt: now,
            startedAt: now,
            endedAt: now,
            isReplacement: false,
            diff: "",
            info: "",
            hasMessage: false,
        };
    }
}

/** A replacement as one row, from the start of its first operation. */
export const asReplacement = (row: Row): Row =>
    row.isReplacement && REPLACEMENT_STEPS.includes(row.operation)
        ? { ...row, operation: "replace", startedAt: row.firstStartedAt }
        : row;
