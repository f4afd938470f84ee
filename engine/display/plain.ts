/** The display for pipes and files: one line when an operation starts, and one when it ends. */
import type { Colors } from "picocolors/types";
import type { EngineEvent, StepEvent } from "../model/events";
import { parseUrn } from "../model/urn";
import { isProviderException } from "./diagnostics";
import type { Display } from "./display";
import { displayType, OPERATION_TEXT, REPLACEMENT_STEPS } from "./operations";
import { asReplacement, Rows, type Row } from "./rows";
import { isFailed, isInterrupted, statusOf } from "./status";
import type { Summary } from "./summary";

export class PlainDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;
    readonly #planning: boolean;
    readonly #rows: Rows;
    /** In a preview a component is reported as done twice: when it is planned, and when its outputs are registered. */
    readonly #planned = new Set<string>();
    /** The resources whose failure has been shown. */
    readonly #failed = new Set<string>();

    constructor(write: (text: string) => void, colors: Colors, summary: Summary, planning: boolean) {
        this.#write = write;
        this.#colors = colors;
        this.#summary = summary;
        this.#planning = planning;
        this.#rows = new Rows(summary.stackURN, planning);
    }

    event(event: EngineEvent): void {
        this.#summary.event(event);
        switch (event.kind) {
            case "begin":
            case "done":
            case "failed":
                if (!event.step.internal) this.#step(event);
                break;
            case "diagnostic":
                this.#rows.message(event.urn || this.#summary.stackURN, event);
                // Errors are shown once, in the diagnostics.
                if (!event.ephemeral && (event.severity === "info" || event.severity === "warning")) {
                    this.#message(event.urn || this.#summary.stackURN, this.#summary.formatDiagnostic(event));
                }
                break;
            case "output":
                if (!isProviderException(event)) this.#message(this.#summary.stackURN, event.text);
                break;
            case "summary":
                this.#finish();
                this.#write(this.#summary.text(event));
        }
    }

    end(): void {
        // Everything has been printed already.
    }

    #step(event: StepEvent): void {
        const { kind, step } = event;
        const row = this.#rows.step(event, Date.now());
        if (this.#planning) {
            this.#plan(event, row);
        } else if (step.operation !== "replace") {
            this.#row(row, false);
            // The operation that ends after `replace` is the last one of the replacement.
            if (kind === "done" && row.isReplacement && REPLACEMENT_STEPS.includes(step.operation)) {
                this.#row(asReplacement(row), false);
            }
        }
    }

    /** A preview shows each resource once, and a replacement as a whole. */
    #plan({ kind, step }: StepEvent, row: Row): void {
        const key = `${step.operation} ${step.urn}`;
        if (kind === "begin" || REPLACEMENT_STEPS.includes(step.operation) || this.#planned.has(key)) return;
        this.#planned.add(key);
        if (step.operation !== "same") this.#row(row, false);
    }

    /** Shows what ended without an event: the failure of the stack or of a check, and interrupted operations. */
    #finish(): void {
        for (const row of this.#rows.all()) {
            const isUnseenFailure = this.#summary.hasErrors(row.urn) && !this.#failed.has(row.urn);
            if (isUnseenFailure || isInterrupted(row)) this.#row(row, true);
        }
    }

    #row(row: Row, isOver: boolean): void {
        const circumstances = { hasErrors: this.#summary.hasErrors(row.urn), isOver };
        const status = statusOf(row, circumstances);
        const failed = isFailed(row, circumstances);
        if (failed) this.#failed.add(row.urn);
        const counts = row.status === "doing" && !isOver ? "" : this.#summary.counts(row.urn);
        const info = [row.diff, counts].filter(Boolean).join("; ");
        if (status !== "" || isOver) {
            const { mark } = OPERATION_TEXT[row.operation];
            this.#line(mark, row.urn, failed ? this.#colors.red(status) : status, info);
        }
    }

    #message(urn: string, text: string): void {
        this.#line("  ", urn, text.split("\n")[0] ?? "");
    }

    #line(mark: string, urn: string, ...texts: string[]): void {
        const { type, name } = parseUrn(urn);
        this.#write(` ${[mark, displayType(type), name, ...texts.filter(Boolean)].join(" ")}\n`);
    }
}
