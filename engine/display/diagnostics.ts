/** Collects the messages of a deployment, grouped by resource. */
import { dirname } from "node:path";
import type { Colors } from "picocolors/types";
import type { DiagnosticEvent, OutputEvent, Severity } from "../model/events";
import { parseUrn } from "../model/urn";
import { displayType } from "./operations";

const STACK_FRAME = /^\s+at \S/;
/** What the SDK prints about an exception of a provider: its text, a colon, and its stack, which begins with the text or is empty. */
const PROVIDER_EXCEPTION = /^(?:\w+: )?(.+): (?:(?:\w+: )?\1)?$/;
/** Stack frames of a program's exception that are outside the program. */
const INTERNAL_FRAME = /\(?(node:|.*[\\/]@pulumi[\\/])/;
const ENGINE_FOLDER = dirname(__dirname);

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
        return [...this.#byResource.keys()].filter((urn) => this.hasErrors(urn)).length;
    }

    hasErrors(urn: string): boolean {
        return (this.#byResource.get(urn) ?? []).some(({ severity }) => severity === "error");
    }

    /** Counts the messages of one resource: `2 errors; 1 warning`. What the program prints counts for the stack. */
    counts(urn: string): string {
        const events: Pick<DiagnosticEvent, "severity">[] = [
            ...(this.#byResource.get(urn) ?? []),
            ...(urn === this.#stackURN ? this.#outputTexts().map(() => ({ severity: "info" as const })) : []),
        ];
        const count = (severity: Severity): number => events.filter((event) => event.severity === severity).length;
        return [
            formatCount(count("error"), "error"),
            formatCount(count("warning"), "warning"),
            formatCount(count("info"), "message"),
        ]
            .filter(Boolean)
            .join("; ");
    }

    /** All messages, or only the errors if the others have been shown already. */
    lines(onlyErrors: boolean): string[] {
        const groups = new Map([[this.#stackURN, this.#outputTexts(onlyErrors)]]);
        for (const [urn, events] of this.#byResource) {
            const shown = events.filter(({ severity }) => !onlyErrors || severity === "error");
            groups.set(urn, [
                ...(groups.get(urn) ?? []),
                ...shown.map((event) => formatDiagnostic(event, this.#colors)),
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

    /** What was printed, without the exceptions that are reported as errors too. */
    #outputTexts(onlyExceptions = false): string[] {
        return this.#output
            .filter((event) => !isProviderException(event) || !this.#isReported(event.text))
            .filter((event) => !onlyExceptions || isProviderException(event))
            .map(({ text }) => text);
    }

    #isReported(text: string): boolean {
        if (STACK_FRAME.test(text)) return true;
        const message = PROVIDER_EXCEPTION.exec(text)?.[1] ?? text;
        return [...this.#byResource.values()]
            .flat()
            .some((event) => event.severity === "error" && event.text.includes(message));
    }
}

export function formatDiagnostic({ severity, text }: DiagnosticEvent, colors: Colors): string {
    const message = text
        .trimEnd()
        .split("\n")
        .filter((line) => !(STACK_FRAME.test(line) && isInternalFrame(line)))
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

const isInternalFrame = (line: string): boolean => INTERNAL_FRAME.test(line) || line.includes(ENGINE_FOLDER);

/** Whether a line belongs to an exception of a provider, which is not shown at once: it is usually reported as an error too. */
export function isProviderException({ source, text }: OutputEvent): boolean {
    return source === "provider" && (STACK_FRAME.test(text) || PROVIDER_EXCEPTION.test(text));
}

/** `2 errors`; empty for none. */
export function formatCount(count: number, noun: string): string {
    return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function indentLines(text: string): string[] {
    return text.split("\n").map((line) => (line === "" ? "" : `    ${line}`));
}
