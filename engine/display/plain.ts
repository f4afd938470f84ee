/** The display for pipes and files: a line when an operation begins and one when it ends, never taken back. */
import type { Colors } from "picocolors/types";
import type { EngineEvent, StepEvent } from "../model/events";
import { isStackFrame } from "./diagnostics";
import type { Display } from "./display";
import { displayType, formatDuration, nameOf, PARTS_OF_REPLACEMENT, typeOf, OPERATION_TEXT } from "./operations";
import type { Summary } from "./summary";
import { diffSummary } from "./values";

export class PlainDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;
    readonly #begun = new Map<string, number>();
    /** A component is told as done twice in a preview: when it is planned, and with its outputs. */
    readonly #planned = new Set<string>();

    constructor(write: (text: string) => void, colors: Colors, summary: Summary) {
        this.#write = write;
        this.#colors = colors;
        this.#summary = summary;
    }

    event(event: EngineEvent): void {
        this.#summary.event(event);
        switch (event.kind) {
            case "begin":
            case "done":
            case "failed":
                if (!event.step.internal) {
                    this.#step(event);
                }
                break;
            case "diagnostic":
                if (event.severity !== "debug" && !event.ephemeral) {
                    this.#line(
                        "  ",
                        event.urn || this.#summary.stackURN,
                        this.#summary.describe(event).split("\n")[0] ?? "",
                    );
                }
                break;
            case "output":
                if (!isStackFrame(event)) {
                    this.#line("  ", this.#summary.stackURN, event.text);
                }
                break;
            case "summary":
                this.#write(this.#summary.text(event));
        }
    }

    end(): void {
        // Every line is out already.
    }

    #step({ kind, step, planning }: StepEvent): void {
        const { mark, planned, doing, done } = OPERATION_TEXT[step.operation];
        const key = `${step.operation} ${step.urn}`;
        const counts = this.#summary.counts(step.urn);
        if (kind === "failed") {
            this.#line(mark, step.urn, this.#colors.red(`**${doing} failed**`), counts);
        } else if (planning) {
            // What a preview shows of a replacement is that it happens.
            if (
                kind === "done" &&
                planned !== "" &&
                !PARTS_OF_REPLACEMENT.includes(step.operation) &&
                !this.#planned.has(key)
            ) {
                this.#planned.add(key);
                this.#line(mark, step.urn, planned, diffSummary(step));
            }
        } else if (kind === "begin") {
            this.#begun.set(key, Date.now());
            if (doing !== "") {
                this.#line(mark, step.urn, `${doing} (0s)`, diffSummary(step));
            }
        } else if (done !== "") {
            const took = formatDuration(Date.now() - (this.#begun.get(key) ?? Date.now()));
            this.#line(mark, step.urn, `${done} (${took})`, counts, diffSummary(step));
        }
    }

    #line(mark: string, urn: string, ...texts: string[]): void {
        this.#write(` ${[mark, displayType(typeOf(urn)), nameOf(urn), ...texts.filter(Boolean)].join(" ")}\n`);
    }
}
