/** The end of a deployment's output: diagnostics by resource, stack outputs, counts and duration. */
import type { Colors } from "picocolors/types";
import type { DiagnosticEvent, EngineEvent, Operation, SummaryEvent } from "../model/events";
import { UNKNOWN, type PropertyMap, type PropertyValue } from "../model/types";
import { STACK_TYPE } from "../model/urn";
import { sameValue, withoutSecrets } from "../model/values";
import { Diagnostics, formatCount, formatDiagnostic } from "./diagnostics";
import { formatDuration, OPERATION_TEXT } from "./operations";
import { formatMapDiff } from "./valueDiff";
import { formatMap } from "./values";

/** The counted operations, in Pulumi's order. */
const COUNTED: readonly Operation[] = ["import", "create", "update", "delete", "replace", "read", "discard", "refresh"];

/** Collects the events of a deployment. */
export class Summary {
    readonly #colors: Colors;
    readonly #diagnostics: Diagnostics;
    readonly #suppressOutputs: boolean;
    #outputsBefore: PropertyMap = {};
    #outputs: PropertyMap = {};

    constructor(
        readonly stackURN: string,
        colors: Colors,
        suppressOutputs = false,
    ) {
        this.#colors = colors;
        this.#suppressOutputs = suppressOutputs;
        this.#diagnostics = new Diagnostics(stackURN, colors);
    }

    event(event: EngineEvent): void {
        if (event.kind === "diagnostic") {
            if (event.severity !== "debug" && !event.ephemeral) {
                this.#diagnostics.add(event);
            }
        } else if (event.kind === "output") {
            this.#diagnostics.addOutput(event);
        } else if (event.kind !== "summary" && event.step.type === STACK_TYPE) {
            this.#outputsBefore = event.step.operation === "delete" ? {} : (event.step.old?.outputs ?? {});
            this.#outputs = event.step.new?.outputs ?? this.#outputsBefore;
        }
    }

    /** Counts the messages of one resource: `2 errors; 1 warning`. */
    counts(urn: string): string {
        return this.#diagnostics.counts(urn);
    }

    formatDiagnostic(event: DiagnosticEvent): string {
        return formatDiagnostic(event, this.#colors);
    }

    hasErrors(urn: string): boolean {
        return this.#diagnostics.hasErrors(urn);
    }

    /** With `onlyErrors`, the other messages have been shown already. */
    text(event: SummaryEvent, onlyErrors = false): string {
        return [...this.#diagnostics.lines(onlyErrors), ...this.#outputLines(event), ...this.#countLines(event)]
            .map((line) => `${line}\n`)
            .join("");
    }

    /** An update shows all outputs. A preview shows what is known to change, and a failure what changed all the same. */
    #outputLines({ planning, status }: SummaryEvent): string[] {
        const before = this.#outputsBefore;
        const after = planning ? withoutUnknownChanges(before, this.#outputs) : this.#outputs;
        const showsAll = !planning && status === "succeeded";
        const isEmpty = Object.keys({ ...before, ...after }).length === 0;
        if (this.#suppressOutputs || isEmpty || (!showsAll && sameValue(before, after))) {
            return [];
        }
        const isNew = Object.keys(before).length === 0;
        const lines = isNew ? formatMap(after, "    ") : formatMapDiff(before, after, "    ", this.#colors, showsAll);
        return [this.#colors.bold("Outputs:"), ...lines, ""];
    }

    #countLines({ changes, planning, durationMs }: SummaryEvent): string[] {
        const colors = this.#colors;
        const counted = COUNTED.filter((operation) => (changes[operation] ?? 0) > 0);
        const lines = counted.map((operation) => {
            const { mark, toDo, counted: label, color } = OPERATION_TEXT[operation];
            return `    ${colors[color](`${mark}${changes[operation] ?? 0} ${planning ? toDo : label}`)}`;
        });
        const changed = counted.reduce((sum, operation) => sum + (changes[operation] ?? 0), 0);
        const same = changes.same ?? 0;
        const rest = [counted.length > 1 ? formatCount(changed, "change") : "", same > 0 ? `${same} unchanged` : ""]
            .filter(Boolean)
            .join(". ");
        const { errorCount } = this.#diagnostics;
        const tail = [
            ...(rest ? [`    ${rest}`] : []),
            ...(errorCount > 0 ? [`    ${colors.red(`${errorCount} errored`)}`] : []),
        ];
        const duration = planning
            ? []
            : [`${colors.bold("Duration:")} ${formatDuration(Math.max(1000, durationMs))}`, ""];
        const counts = [...lines, ...tail];
        return [...(counts.length > 0 ? [colors.bold("Resources:"), ...counts, ""] : []), ...duration];
    }
}

/** An output that a preview cannot know yet may well keep its value. */
function withoutUnknownChanges(before: PropertyMap, after: PropertyMap): PropertyMap {
    const known = ([key, value]: [string, PropertyValue]): [string, PropertyValue] => [
        key,
        withoutSecrets(value) === UNKNOWN ? (before[key] ?? value) : value,
    ];
    return Object.fromEntries(Object.entries(after).map(known));
}
