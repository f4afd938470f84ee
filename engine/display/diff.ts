/** The display for `--diff`: every changed resource with its properties, and messages where they occur. */
import type { Colors } from "picocolors/types";
import type { EngineEvent, ResourceStep, StepEvent } from "../model/events";
import { STACK_TYPE } from "../model/urn";
import { isProviderException } from "./diagnostics";
import type { Display } from "./display";
import { OPERATION_TEXT, REPLACEMENT_STEPS } from "./operations";
import { shownInputs } from "./stepInputs";
import type { Summary } from "./summary";
import { formatMapDiff } from "./valueDiff";
import { formatMap, INDENT } from "./values";

export class DiffDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #colors: Colors;
    readonly #summary: Summary;
    /** Whether unchanged properties are shown too. */
    readonly #all: boolean;
    readonly #steps = new Map<string, ResourceStep>();
    /** The resources that are being refreshed; what differs is known at the end. */
    readonly #refreshing = new Set<string>();

    constructor(write: (text: string) => void, colors: Colors, summary: Summary, all: boolean) {
        this.#write = write;
        this.#colors = colors;
        this.#summary = summary;
        this.#all = all;
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
                if (!event.ephemeral && (event.severity === "info" || event.severity === "warning")) {
                    this.#lines([this.#summary.formatDiagnostic(event)]);
                }
                break;
            case "output":
                if (!isProviderException(event)) this.#lines([event.text]);
                break;
            case "summary":
                this.#write(this.#summary.text(event, true));
        }
    }

    end(): void {
        // Everything has been printed already.
    }

    #step({ kind, step }: StepEvent): void {
        this.#steps.set(step.urn, step);
        if (kind === "begin" && step.operation === "refresh") {
            this.#refreshing.add(step.urn);
        } else if (kind === "begin" && isShown(step)) {
            this.#lines([...this.#heading(step), ...this.#inputs(step)]);
        } else if (kind === "done" && this.#refreshing.delete(step.urn)) {
            const outputs = this.#outputs(step);
            if (isShown(step) && (step.operation !== "refresh" || outputs.length > 0)) {
                this.#lines([...this.#heading(step), ...outputs]);
            }
        }
    }

    #lines(lines: string[]): void {
        this.#write(lines.map((line) => `${line}\n`).join(""));
    }

    #heading(step: ResourceStep): string[] {
        const { operation, urn, type, old } = step;
        const { mark, color } = OPERATION_TEXT[operation];
        const indent = this.#indentOf(step);
        return [
            indent + this.#colors[color](`${mark}${type}: (${operation})`),
            ...(old?.id ? [`${indent}${INDENT}[id=${old.id}]`] : []),
            `${indent}${INDENT}[urn=${urn}]`,
        ];
    }

    /** One level for each ancestor that is shown. */
    #indentOf({ old, new: current }: ResourceStep): string {
        const parent = this.#steps.get(current?.parent ?? old?.parent ?? "");
        if (parent === undefined) return "";
        return this.#indentOf(parent) + (isShown(parent) ? INDENT : "");
    }

    /** A deletion needs no properties: the resource is named above. */
    #inputs(step: ResourceStep): string[] {
        const indent = this.#indentOf(step) + INDENT;
        const { operation, old, new: current } = step;
        if (operation === "delete" || operation === "same" || current === undefined) return [];
        const { before, after } = shownInputs(step);
        const color = this.#colors[OPERATION_TEXT[operation].color];
        return old === undefined || operation === "create"
            ? formatMap(after, indent).map(color)
            : formatMapDiff(before, after, indent, this.#colors, this.#all);
    }

    /** What a refresh found to be different. */
    #outputs(step: ResourceStep): string[] {
        if (step.new === undefined || step.operation === "delete") return [];
        const indent = this.#indentOf(step) + INDENT;
        return formatMapDiff(step.old?.outputs ?? {}, step.new.outputs ?? {}, indent, this.#colors, false);
    }
}

function isShown({ operation, type }: ResourceStep): boolean {
    return type === STACK_TYPE || (operation !== "same" && !REPLACEMENT_STEPS.includes(operation));
}
