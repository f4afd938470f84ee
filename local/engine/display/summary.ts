/** What stands at the end of a run: diagnostics by resource, outputs, counts and time. */
import type { Colors } from "picocolors/types";
import type { ChangeCounts, DiagnosticEvent, Operation, OutputEvent, Severity, SummaryEvent } from "../events";
import type { PropertyMap } from "../types";
import { displayType, formatDuration, nameOf, typeOf, WORDS } from "./operations";
import { formatMap, formatMapDiff, sameValue } from "./values";

/** Every message of a run, in the order of its arrival within each resource. */
export class Diagnostics {
    private readonly byResource = new Map<string, DiagnosticEvent[]>();
    private readonly printed: OutputEvent[] = [];

    add(event: DiagnosticEvent): void {
        const urn = event.urn ?? "";
        this.byResource.set(urn, [...(this.byResource.get(urn) ?? []), event]);
    }

    addOutput(event: OutputEvent): void {
        this.printed.push(event);
    }

    /** How many resources have an error. */
    get errored(): number {
        return [...this.byResource.values()].filter((events) => events.some(({ severity }) => severity === "error")).length;
    }

    /** `2 errors; 1 warning` for one resource. */
    counts(urn: string): string {
        const events = this.byResource.get(urn) ?? [];
        const count = (severity: Severity): number => events.filter((event) => event.severity === severity).length;
        return [plural(count("error"), "error"), plural(count("warning"), "warning"), plural(count("info"), "message")].filter(Boolean).join("; ");
    }

    /** What names no resource stands with the stack. */
    lines(stackURN: string, colors: Colors): string[] {
        const groups = new Map([[stackURN, this.printed.map(({ text }) => text)]]);
        for (const [urn, events] of this.byResource) {
            const owner = urn || stackURN;
            groups.set(owner, [...(groups.get(owner) ?? []), ...events.map((event) => describe(event, colors))]);
        }
        const lines = [...groups].filter(([, texts]) => texts.length > 0).flatMap(([urn, texts]) => [heading(urn), ...texts.flatMap(indented), ""]);
        return lines.length === 0 ? [] : [colors.bold("Diagnostics:"), ...lines];
    }
}

/** Where in its own code a provider failed is of no use to who deploys; the failure itself is told by the resource. */
export function isStackFrame({ source, text }: OutputEvent): boolean {
    return source === "provider" && STACK_FRAME.test(text);
}

const STACK_FRAME = /^\s+at \S/;
/** Frames of a program's exception that are not in the program. */
const INNER_FRAME = /\((node:|.*[\\/]@pulumi[\\/])/;

export function describe({ severity, text }: DiagnosticEvent, colors: Colors): string {
    const message = text
        .trimEnd()
        .split("\n")
        .filter((line) => !(STACK_FRAME.test(line) && INNER_FRAME.test(line)))
        .join("\n");
    switch (severity) {
        case "error":
            return `${colors.red("error:")} ${message}`;
        case "warning":
            return `${colors.yellow("warning:")} ${message}`;
        default:
            return message;
    }
}

/** The outputs of the stack; what is as it was in a preview is left out. */
export function outputLines(before: PropertyMap, after: PropertyMap, planning: boolean, colors: Colors): string[] {
    const unchanged = sameValue(before, after);
    if (Object.keys({ ...before, ...after }).length === 0 || (planning && unchanged)) {
        return [];
    }
    const isNew = Object.keys(before).length === 0;
    const lines = unchanged || isNew ? formatMap(after, "    ") : formatMapDiff(before, after, "    ", colors, false);
    return [colors.bold("Outputs:"), ...lines, ""];
}

/** In the order in which Pulumi counts. */
const COUNTED: readonly Operation[] = ["import", "create", "update", "delete", "replace", "read", "discard", "refresh"];

export function countLines({ changes, planning, durationMs }: SummaryEvent, errored: number, colors: Colors): string[] {
    const counted = COUNTED.filter((operation) => (changes[operation] ?? 0) > 0);
    const lines = counted.map((operation) => countLine(operation, changes, planning, colors));
    const changed = counted.reduce((sum, operation) => sum + (changes[operation] ?? 0), 0);
    const same = changes.same ?? 0;
    const rest = [counted.length > 1 ? plural(changed, "change") : "", same > 0 ? `${same} unchanged` : ""].filter(Boolean).join(". ");
    const tail = [...(rest ? [`    ${rest}`] : []), ...(errored > 0 ? [`    ${colors.red(`${errored} errored`)}`] : [])];
    const duration = planning ? [] : [`${colors.bold("Duration:")} ${formatDuration(Math.max(1000, durationMs))}`, ""];
    return [colors.bold("Resources:"), ...lines, ...tail, "", ...duration];
}

function countLine(operation: Operation, changes: ChangeCounts, planning: boolean, colors: Colors): string {
    const { mark, toDo, counted, color } = WORDS[operation];
    return `    ${colors[color](`${mark}${changes[operation] ?? 0} ${planning ? toDo : counted}`)}`;
}

function heading(urn: string): string {
    return `  ${displayType(typeOf(urn))} (${nameOf(urn)}):`;
}

function indented(text: string): string[] {
    return text.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
}

function plural(count: number, noun: string): string {
    return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
