/** Collects the messages of a deployment, grouped by resource. */
import type { Colors } from "picocolors/types";
import type { DiagnosticEvent, OutputEvent, Severity } from "../model/events";
import { parseUrn } from "../model/urn";
import { displayType } from "./operations";

const STACK_FRAME = /^\s+at \S/;
/** Stack frames of a program's exception that are outside the program. */
const INTERNAL_FRAME = /\((node:|.*[\\/]@pulumi[\\/])/;

export class Diagnostics {
    readonly #stackURN: string;
    readonly #colors: Colors;
    readonly #byResource = new Map<string, DiagnosticEvent[]>();
    readonly #output: OutputEvent[] = [];

    constructor(
        /** The stack, to which messages without a resource are attributed. */
        stackURN: string,
        colors: Colors,
    ) {
        this.#stackURN = stackURN;
        this.#colors = colors;
    }

    add(event: DiagnosticEvent): void {
        const urn = event.urn || this.#stackURN;
        this.#byResource.set(urn, [...(this.#byResource.get(urn) ?? []), event]);
    }

    addOutput(event: OutputEvent): void {
        this.#output.push(event);
    }

    /** The number of resources that have an error. */
    get errorCount(): number {
        return [...this.#byResource.values()].filter((events) => events.some(({ severity }) => severity === "error"))
            .length;
    }

    /** Counts the messages of one resource: `2 errors; 1 warning`. */
    counts(urn: string): string {
        const events = this.#byResource.get(urn) ?? [];
        const count = (severity: Severity): number => events.filter((event) => event.severity === severity).length;
        return [
            formatCount(count("error"), "error"),
            formatCount(count("warning"), "warning"),
            formatCount(count("info"), "message"),
        ]
            .filter(Boolean)
            .join("; ");
    }

    lines(): string[] {
        const groups = new Map([[this.#stackURN, this.#output.map(({ text }) => text)]]);
        for (const [urn, events] of this.#byResource) {
            groups.set(urn, [
                ...(groups.get(urn) ?? []),
                ...events.map((event) => formatDiagnostic(event, this.#colors)),
            ]);
        }
        const lines = [...groups]
            .filter(([, texts]) => texts.length > 0)
            .flatMap(([urn, texts]) => [
                `  ${displayType(parseUrn(urn).type)} (${parseUrn(urn).name}):`,
                ...texts.flatMap(indentLines),
                "",
            ]);
        return lines.length === 0 ? [] : [this.#colors.bold("Diagnostics:"), ...lines];
    }
}

export function formatDiagnostic({ severity, text }: DiagnosticEvent, colors: Colors): string {
    const message = text
        .trimEnd()
        .split("\n")
        .filter((line) => !(STACK_FRAME.test(line) && INTERNAL_FRAME.test(line)))
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

/** A provider's stack frames are hidden: they do not help the user, and the failure itself is reported for the resource. */
export function isProviderStackFrame({ source, text }: OutputEvent): boolean {
    return source === "provider" && STACK_FRAME.test(text);
}

/** `2 errors`; empty for none. */
export function formatCount(count: number, noun: string): string {
    return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function indentLines(text: string): string[] {
    return text.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
}
