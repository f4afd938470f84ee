/** What stands at the end of a run: diagnostics by resource, outputs, counts and time. */
import type { Colors } from "picocolors/types";
import type { DiagnosticEvent, EngineEvent, Operation, SummaryEvent } from "../model/events";
import type { PropertyMap } from "../model/types";
import { describe, Diagnostics, isStackFrame, plural } from "./diagnostics";
import { formatDuration, STACK_TYPE, OPERATION_TEXT } from "./operations";
import { formatMap, formatMapDiff, sameValue } from "./values";

/** In the order in which Pulumi counts. */
const COUNTED: readonly Operation[] = ["import", "create", "update", "delete", "replace", "read", "discard", "refresh"];

/** Gathers a run's events. */
export class Summary {
    readonly #colors: Colors;
    readonly #diagnostics: Diagnostics;
    #outputsBefore: PropertyMap = {};
    #outputs: PropertyMap = {};

    constructor(
        readonly stackURN: string,
        colors: Colors,
    ) {
        this.#colors = colors;

        this.#diagnostics = new Diagnostics(stackURN, colors);
    }

    event(event: EngineEvent): void {
        if (event.kind === "diagnostic") {
            if (event.severity !== "debug" && !event.ephemeral) {
                this.#diagnostics.add(event);
            }
        } else if (event.kind === "output") {
            if (!isStackFrame(event)) {
                this.#diagnostics.addOutput(event);
            }
        } else if (event.kind !== "summary" && event.step.type === STACK_TYPE) {
            this.#outputsBefore = event.step.operation === "delete" ? {} : (event.step.old?.outputs ?? {});
            this.#outputs = event.step.new?.outputs ?? this.#outputsBefore;
        }
    }

    /** `2 errors; 1 warning` for one resource. */
    counts(urn: string): string {
        return this.#diagnostics.counts(urn);
    }

    describe(event: DiagnosticEvent): string {
        return describe(event, this.#colors);
    }

    text(event: SummaryEvent): string {
        return [...this.#diagnostics.lines(), ...this.#outputLines(event.planning), ...this.#countLines(event)]
            .map((line) => `${line}\n`)
            .join("");
    }

    /** What is as it was is left out of a preview. */
    #outputLines(planning: boolean): string[] {
        const before = this.#outputsBefore;
        const after = this.#outputs;
        const colors = this.#colors;
        const unchanged = sameValue(before, after);
        if (Object.keys({ ...before, ...after }).length === 0 || (planning && unchanged)) {
            return [];
        }
        const isNew = Object.keys(before).length === 0;
        const lines =
            unchanged || isNew ? formatMap(after, "    ") : formatMapDiff(before, after, "    ", colors, false);
        return [colors.bold("Outputs:"), ...lines, ""];
    }

    #countLines({ changes, planning, durationMs }: SummaryEvent): string[] {
        const colors = this.#colors;
        const counted = COUNTED.filter((operation) => (changes[operation] ?? 0) > 0);
        const lines = counted.map((operation) => {
            const { mark, toDo, counted: done, color } = OPERATION_TEXT[operation];
            return `    ${colors[color](`${mark}${changes[operation] ?? 0} ${planning ? toDo : done}`)}`;
        });
        const changed = counted.reduce((sum, operation) => sum + (changes[operation] ?? 0), 0);
        const same = changes.same ?? 0;
        const rest = [counted.length > 1 ? plural(changed, "change") : "", same > 0 ? `${same} unchanged` : ""]
            .filter(Boolean)
            .join(". ");
        const { errored } = this.#diagnostics;
        const tail = [
            ...(rest ? [`    ${rest}`] : []),
            ...(errored > 0 ? [`    ${colors.red(`${errored} errored`)}`] : []),
        ];
        const duration = planning
            ? []
            : [`${colors.bold("Duration:")} ${formatDuration(Math.max(1000, durationMs))}`, ""];
        return [colors.bold("Resources:"), ...lines, ...tail, "", ...duration];
    }
}
