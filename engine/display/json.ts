/** The displays for programs: one JSON object for `preview`, and one line of JSON for each event of other commands. */
import type { DiagnosticEvent, EngineEvent, ResourceStep, StepEvent, SummaryEvent } from "../model/events";
import { encodeResource } from "../model/resourceText";
import { SECRET, SIGNATURE, type ResourceState } from "../model/types";
import { STACK_TYPE } from "../model/urn";
import type { Display } from "./display";
import { REPLACEMENT_STEPS } from "./operations";
import { redactResource } from "./redaction";

const NANOSECONDS_PER_MILLISECOND = 1_000_000;

/** Collects a preview, and prints it as one object at the end. */
export class JsonPreviewDisplay implements Display {
    readonly #write: (text: string) => void;
    readonly #suppressOutputs: boolean;
    readonly #steps: unknown[] = [];
    readonly #diagnostics: unknown[] = [];
    #summary: SummaryEvent | undefined;

    constructor(write: (text: string) => void, suppressOutputs = false) {
        this.#write = write;
        this.#suppressOutputs = suppressOutputs;
    }

    event(event: EngineEvent): void {
        switch (event.kind) {
            case "begin":
                if (isListed(event.step)) {
                    this.#steps.push(describeStep(this.#withoutOutputs(event.step)));
                }
                break;
            case "diagnostic":
                if (isVisible(event)) {
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

    /** The outputs of a suppressed display are those of the stack. */
    #withoutOutputs(step: ResourceStep): ResourceStep {
        if (!this.#suppressOutputs || step.type !== STACK_TYPE) return step;
        const { old, new: current } = step;
        return {
            ...step,
            ...(old && { old: { ...old, outputs: {} } }),
            ...(current && { new: { ...current, outputs: {} } }),
        };
    }

    end(): void {
        const summary = this.#summary;
        const preview = {
            steps: this.#steps,
            ...(this.#diagnostics.length > 0 && { diagnostics: this.#diagnostics }),
            ...(summary && {
                duration: Math.round(summary.durationMs * NANOSECONDS_PER_MILLISECOND),
                changeSummary: summary.changes,
            }),
        };
        this.#write(`${JSON.stringify(preview, undefined, 4)}\n`);
    }
}

function isListed({ operation, type, internal }: ResourceStep): boolean {
    return type === STACK_TYPE || (!internal && operation !== "same" && !REPLACEMENT_STEPS.includes(operation));
}

function describeStep({ operation, urn, provider, diffKeys, replaceKeys, old, new: current }: ResourceStep): object {
    return {
        op: operation,
        urn,
        ...(provider && { provider }),
        ...(old && { oldState: toStateJson(old) }),
        ...(current && { newState: toStateJson(current) }),
        ...(diffKeys?.length && { diffReasons: diffKeys }),
        ...(replaceKeys?.length && { replaceReasons: replaceKeys }),
        detailedDiff: null,
    };
}

/** The state as in a checkpoint, with secrets redacted. */
function toStateJson(state: ResourceState): unknown {
    return JSON.parse(encodeResource(redactResource(state), (plaintext) => ({ plaintext })));
}

/** Prints every event of a deployment on its own line, in the format of Pulumi's engine events. */
export class JsonLinesDisplay implements Display {
    readonly #write: (text: string) => void;
    #sequence = 0;

    constructor(write: (text: string) => void) {
        this.#write = write;
    }

    event(event: EngineEvent): void {
        const content = toEngineEvent(event);
        if (content !== undefined) this.#writeLine(content);
    }

    end(): void {
        this.#writeLine({ cancelEvent: {} });
    }

    #writeLine(content: object): void {
        const timestamp = Math.floor(Date.now() / 1000);
        this.#write(`${JSON.stringify({ sequence: this.#sequence++, timestamp, ...content })}\n`);
    }
}

function toEngineEvent(event: EngineEvent): object | undefined {
    switch (event.kind) {
        case "begin":
            return { resourcePreEvent: toStepEvent(event) };
        case "done":
            return { resOutputsEvent: toStepEvent(event) };
        case "failed":
            return { resOpFailedEvent: { ...toStepEvent(event), status: 1, steps: 1 } };
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

function toStepEvent({ step, planning }: StepEvent): object {
    const { operation, urn, type, provider, replaceKeys, diffKeys, old, new: current } = step;
    return {
        metadata: {
            op: operation,
            urn,
            type,
            ...(old && { old: toEventState(old) }),
            ...(current && { new: toEventState(current) }),
            ...(replaceKeys?.length && { keys: replaceKeys }),
            ...(diffKeys?.length && { diffs: diffKeys }),
            detailedDiff: null,
            ...(!REPLACEMENT_STEPS.includes(operation) && { logical: true }),
            provider: provider ?? "",
        },
        ...(planning && { planning: true }),
    };
}

function toEventState(state: ResourceState): object {
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

function isVisible({ severity, ephemeral }: DiagnosticEvent): boolean {
    return severity !== "debug" && !ephemeral;
}

function prefixOf({ severity }: DiagnosticEvent): string {
    return severity === "error" || severity === "warning" ? `${severity}: ` : "";
}
