/** The display for pipes and files: a line when an operation begins and one when it ends, never taken back. */
import type { Colors } from "picocolors/types";
import type { DiagnosticEvent, EngineEvent, StepEvent } from "../events";
import type { PropertyMap } from "../types";
import type { Display } from "./display";
import { displayType, formatDuration, nameOf, PARTS_OF_REPLACEMENT, STACK_TYPE, typeOf, WORDS } from "./operations";
import { countLines, describe, Diagnostics, isStackFrame, outputLines } from "./summary";

export class PlainDisplay implements Display {
    private readonly diagnostics = new Diagnostics();
    private readonly begun = new Map<string, number>();
    /** A component is told as done twice in a preview: when it is planned, and with its outputs. */
    private readonly planned = new Set<string>();
    private outputsBefore: PropertyMap = {};
    private outputs: PropertyMap = {};

    constructor(
        private readonly write: (text: string) => void,
        private readonly colors: Colors,
        /** What messages without a resource are about. */
        private readonly stackURN: string,
    ) {}

    event(event: EngineEvent): void {
        switch (event.kind) {
            case "begin":
            case "done":
            case "failed":
                this.step(event);
                break;
            case "diagnostic":
                this.diagnostic(event);
                break;
            case "output":
                if (!isStackFrame(event)) {
                    this.diagnostics.addOutput(event);
                    this.line("  ", this.stackURN, event.text);
                }
                break;
            case "summary":
                this.lines(this.diagnostics.lines(this.stackURN, this.colors));
                this.lines(outputLines(this.outputsBefore, this.outputs, event.planning, this.colors));
                this.lines(countLines(event, this.diagnostics.errored, this.colors));
        }
    }

    end(): void {
        // Every line is out already.
    }

    private step(event: StepEvent): void {
        const { step } = event;
        if (step.type === STACK_TYPE) {
            this.outputsBefore = step.operation === "delete" ? {} : (step.old?.outputs ?? {});
            this.outputs = step.new?.outputs ?? this.outputsBefore;
        }
        if (step.internal) {
            return;
        }
        const words = WORDS[step.operation];
        const key = `${step.operation} ${step.urn}`;
        if (event.kind === "begin") {
            this.begun.set(key, Date.now());
            if (words.doing !== "" && !event.planning) {
                this.line(words.mark, step.urn, `${words.doing} (0s)`, step.diffKeys);
            }
            return;
        }
        if (event.planning && event.kind === "done") {
            this.plan(key, event);
            return;
        }
        const took = formatDuration(Date.now() - (this.begun.get(key) ?? Date.now()));
        const counts = this.diagnostics.counts(step.urn);
        if (event.kind === "failed") {
            this.line(words.mark, step.urn, `${this.colors.red(`**${words.doing} failed**`)} ${counts}`);
        } else if (words.done !== "") {
            this.line(words.mark, step.urn, [`${words.done} (${took})`, counts].filter(Boolean).join(" "), step.diffKeys);
        }
    }

    /** What a preview shows of a replacement is that it happens. */
    private plan(key: string, { step }: StepEvent): void {
        const { planned, mark } = WORDS[step.operation];
        if (planned !== "" && !PARTS_OF_REPLACEMENT.includes(step.operation) && !this.planned.has(key)) {
            this.planned.add(key);
            this.line(mark, step.urn, planned, step.diffKeys);
        }
    }

    private diagnostic(event: DiagnosticEvent): void {
        if (event.severity === "debug" || event.ephemeral) {
            return;
        }
        this.diagnostics.add(event);
        this.line("  ", event.urn || this.stackURN, describe(event, this.colors).split("\n")[0] ?? "");
    }

    private line(mark: string, urn: string, text: string, diffKeys: string[] = []): void {
        const diff = diffKeys.length > 0 ? ` [diff: ~${diffKeys.join(",")}]` : "";
        this.write(` ${mark} ${urn === "" ? "" : `${displayType(typeOf(urn))} ${nameOf(urn)} `}${text}${diff}\n`);
    }

    private lines(lines: string[]): void {
        this.write(lines.map((line) => `${line}\n`).join(""));
    }
}
