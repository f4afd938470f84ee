/** The messages of a run, gathered by resource. */
import type { Colors } from "picocolors/types";
import type { DiagnosticEvent, OutputEvent, Severity } from "../model/events";
import { displayType, nameOf, typeOf } from "./operations";

const STACK_FRAME = /^\s+at \S/;
/** Frames of a program's exception that are not in the program. */
const INNER_FRAME = /\((node:|.*[\\/]@pulumi[\\/])/;

export class Diagnostics {
    readonly #stackURN: string;
    readonly #colors: Colors;
    readonly #byResource = new Map<string, DiagnosticEvent[]>();
    readonly #printed: OutputEvent[] = [];

    constructor(
        /** What names no resource stands with the stack. */
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
        this.#printed.push(event);
    }

    /** How many resources have an error. */
    get errored(): number {
        return [...this.#byResource.values()].filter((events) => events.some(({ severity }) => severity === "error"))
            .length;
    }

    /** `2 errors; 1 warning` for one resource. */
    counts(urn: string): string {
        const events = this.#byResource.get(urn) ?? [];
        const count = (severity: Severity): number => events.filter((event) => event.severity === severity).length;
        return [plural(count("error"), "error"), plural(count("warning"), "warning"), plural(count("info"), "message")]
            .filter(Boolean)
            .join("; ");
    }

    lines(): string[] {
        const groups = new Map([[this.#stackURN, this.#printed.map(({ text }) => text)]]);
        for (const [urn, events] of this.#byResource) {
            groups.set(urn, [...(groups.get(urn) ?? []), ...events.map((event) => describe(event, this.#colors))]);
        }
        const lines = [...groups]
            .filter(([, texts]) => texts.length > 0)
            .flatMap(([urn, texts]) => [
                `  ${displayType(typeOf(urn))} (${nameOf(urn)}):`,
                ...texts.flatMap(indented),
                "",
            ]);
        return lines.length === 0 ? [] : [this.#colors.bold("Diagnostics:"), ...lines];
    }
}

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

/** Where in its own code a provider failed is of no use to who deploys; the failure itself is told by the resource. */
export function isStackFrame({ source, text }: OutputEvent): boolean {
    return source === "provider" && STACK_FRAME.test(text);
}

export function plural(count: number, noun: string): string {
    return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function indented(text: string): string[] {
    return text.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
}
