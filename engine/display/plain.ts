/** The display for pipes and files: one line when an operation starts, and one when it ends. */
import type { Colors } from "picocolors/types";
import type { EngineEvent, StepEvent } from "../model/events";
import { parseUrn } from "../model/urn";
import { isProviderStackFrame } from "./diagnostics";
import type { Display } from "./display";
import { displayType, formatDuration, OPERATION_TEXT, REPLACEMENT_STEPS } from "./operations";
import type { Summary } from "./summary";
import { diffSummary } from "./values";

export class PlainDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;
    readonly #startTimes = new Map<string, number>();
    /** In a preview a component is reported as done twice: when it is planned, and when its outputs are registered. */
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
                        this.#summary.formatDiagnostic(event).split("\n")[0] ?? "",
                    );
                }
                break;
            case "output":
                if (!isProviderStackFrame(event)) {
                    this.#line("  ", this.#summary.stackURN, event.text);
                }
                break;
            case "summary":
                this.#write(this.#summary.text(event));
        }
    }

    end(): void {
        // Everything has been printed already.
    }

    #step({ kind, step, planning }: StepEvent): void {
        const { mark, planned, doing, done } = OPERATION_TEXT[step.operation];
        const key = `${step.operation} ${step.urn}`;
        const counts = this.#summary.counts(step.urn);
        if (kind === "failed") {
            this.#line(mark, step.urn, this.#colors.red(`**${doing} failed**`), counts);
        } else if (planning) {
            // A preview shows a replacement as a whole.
            if (
                kind === "done" &&
                planned !== "" &&
                !REPLACEMENT_STEPS.includes(step.operation) &&
                !this.#planned.has(key)
            ) {
                this.#planned.add(key);
                this.#line(mark, step.urn, planned, diffSummary(step));
            }
        } else if (kind === "begin") {
            this.#startTimes.set(key, Date.now());
            if (doing !== "") {
                this.#line(mark, step.urn, `${doing} (0s)`, diffSummary(step));
            }
        } else if (done !== "") {
            const duration = formatDuration(Date.now() - (this.#startTimes.get(key) ?? Date.now()));
            this.#line(mark, step.urn, `${done} (${duration})`, counts, diffSummary(step));
        }
    }

    #line(mark: string, urn: string, ...texts: string[]): void {
        const { type, name } = parseUrn(urn);
        this.#write(` ${[mark, displayType(type), name, ...texts.filter(Boolean)].join(" ")}\n`);
    }
}
