/** The displays for programs: what `preview --json` prints, and the lines of events of the other commands. */
import type { DiagnosticEvent, EngineEvent, ResourceStep, StepEvent, SummaryEvent } from "../model/events";
import { encodeResource } from "../state/checkpoint";
import { SECRET, SIGNATURE, type ResourceState } from "../model/types";
import { redactResource } from "./redaction";
import type { Display } from "./display";
import { PARTS_OF_REPLACEMENT, STACK_TYPE } from "./operations";

const NANOSECONDS = 1_000_000;

/** Gathers a preview, and prints it as one object at its end. */
export class JsonPreviewDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #steps: unknown[] = [];
    readonly #diagnostics: unknown[] = [];
    #summary: SummaryEvent | undefined;

    constructor(write: (text: string) => void) {
        this.#write = write;
    }

    event(event: EngineEvent): void {
        switch (event.kind) {
            case "begin":
                if (isShown(event.step)) {
                    this.#steps.push(describeStep(event.step));
                }
                break;
            case "diagnostic":
                if (isMessage(event)) {
                    this.#diagnostics.push({
                        ...(event.urn && { urn: event.urn }),
                        message: `${prefixOf(event)}${event.text}`,
                        severity: event.severity,
                    });
                }
                break;
            case "output":
                this.#diagnostics.push({ message: event.text, severity: "info" });
                break;
            case "summary":
                this.#summary = event;
                break;
            case "done":
            case "failed":
        }
    }

    end(): void {
        const summary = this.#summary;
        const digest = {
            steps: this.#steps,
            ...(this.#diagnostics.length > 0 && { diagnostics: this.#diagnostics }),
            ...(summary && { duration: Math.round(summary.durationMs * NANOSECONDS), changeSummary: summary.changes }),
        };
        this.#write(`${JSON.stringify(digest, undefined, 4)}\n`);
    }
}

function isShown({ operation, type, internal }: ResourceStep): boolean {
    return type === STACK_TYPE || (!internal && operation !== "same" && !PARTS_OF_REPLACEMENT.includes(operation));
}

function describeStep({ operation, urn, provider, diffKeys, replaceKeys, old, new: now }: ResourceStep): object {
    return {
        op: operation,
        urn,
        ...(provider && { provider }),
        ...(old && { oldState: stateForm(old) }),
        ...(now && { newState: stateForm(now) }),
        ...(diffKeys?.length && { diffReasons: diffKeys }),
        ...(replaceKeys?.length && { replaceReasons: replaceKeys }),
        detailedDiff: null,
    };
}

/** As in a deployment, its secrets hidden. */
function stateForm(state: ResourceState): unknown {
    return JSON.parse(encodeResource(redactResource(state), (plaintext) => ({ plaintext })));
}

/** Prints every event of a deployment on a line of its own, in the form of Pulumi's engine events. */
export class JsonLinesDisplay implements Display {
    readonly #write: (text: string) => void;
    #sequence = 0;

    constructor(write: (text: string) => void) {
        this.#write = write;
    }

    event(event: EngineEvent): void {
        const content = eventForm(event);
        if (content !== undefined) {
            this.#write(
                `${JSON.stringify({ sequence: this.#sequence++, timestamp: Math.floor(Date.now() / 1000), ...content })}\n`,
            );
        }
    }

    end(): void {
        this.#write(
            `${JSON.stringify({ sequence: this.#sequence++, timestamp: Math.floor(Date.now() / 1000), cancelEvent: {} })}\n`,
        );
    }
}

function eventForm(event: EngineEvent): object | undefined {
    switch (event.kind) {
        case "begin":
            return { resourcePreEvent: stepForm(event) };
        case "done":
            return { resOutputsEvent: stepForm(event) };
        case "failed":
            return { resOpFailedEvent: { ...stepForm(event), status: 1, steps: 1 } };
        case "diagnostic":
            return event.severity === "debug"
                ? undefined
                : {
                      diagnosticEvent: {
                          ...(event.urn && { urn: event.urn }),
                          prefix: prefixOf(event),
                          message: `${event.text}\n`,
                          color: "never",
                          severity: event.severity,
                          ...(event.ephemeral && { ephemeral: true }),
                      },
                  };
        case "output":
            return {
                diagnosticEvent: {
                    message: `${event.text}\n`,
                    color: "never",
                    severity: event.stream === "stderr" ? "info#err" : "info",
                },
            };
        case "summary":
            return {
                summaryEvent: {
                    maybeCorrupt: false,
                    durationSeconds: Math.round(event.durationMs / 1000),
                    resourceChanges: event.changes,
                    PolicyPacks: {},
                    isPreview: event.planning,
                    result: event.status === "succeeded" ? "succeeded" : "failed",
                },
            };
    }
}

function stepForm({ step, planning }: StepEvent): object {
    const { operation, urn, type, provider, replaceKeys, diffKeys, old, new: now } = step;
    return {
        metadata: {
            op: operation,
            urn,
            type,
            ...(old && { old: eventState(old) }),
            ...(now && { new: eventState(now) }),
            ...(replaceKeys?.length && { keys: replaceKeys }),
            ...(diffKeys?.length && { diffs: diffKeys }),
            detailedDiff: null,
            ...(!PARTS_OF_REPLACEMENT.includes(operation) && { logical: true }),
            provider: provider ?? "",
        },
        ...(planning && { planning: true }),
    };
}

function eventState(state: ResourceState): object {
    const {
        type,
        urn,
        custom,
        delete: isDeleted,
        id = "",
        parent = "",
        protect,
        inputs = {},
        outputs = {},
        initErrors,
        provider = "",
    } = redactResource(state, { [SIGNATURE]: SECRET, ciphertext: "[secret]" });
    return {
        type,
        urn,
        ...(custom && { custom }),
        ...(isDeleted && { delete: true }),
        id,
        parent,
        ...(protect && { protect }),
        inputs,
        outputs,
        ...(initErrors && { initErrors }),
        provider,
    };
}

function isMessage({ severity, ephemeral }: DiagnosticEvent): boolean {
    return severity !== "debug" && !ephemeral;
}

function prefixOf({ severity }: DiagnosticEvent): string {
    return severity === "error" || severity === "warning" ? `${severity}: ` : "";
}
