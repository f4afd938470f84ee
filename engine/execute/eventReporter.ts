/** Reports steps and diagnostics as events, and counts the changes. */

import type { ChangeCounts, DeploymentStatus, EngineEvent, Operation, StepEvent } from "../model/events";
import type { PropertyMap } from "../model/types";
import { isDefaultProvider } from "../model/urn";
import { sameValue } from "../model/values";
import type { Reporter } from "../plan/reporter";
import { isLogical, type Step, stateOf } from "../plan/steps";
import { interruptedWarning } from "./warnings";

export class EventReporter implements Reporter {
    readonly #onEvent: (event: EngineEvent) => void;
    readonly #planning: boolean;
    readonly #isRefresh: boolean;
    readonly #declared = new Map<string, PropertyMap>();
    readonly changes: ChangeCounts = {};

    constructor(
        onEvent: (event: EngineEvent) => void,
        planning: boolean,
        /** The deployment is a refresh, so the changes that it detects are its result. */
        isRefresh: boolean,
    ) {
        this.#onEvent = onEvent;
        this.#planning = planning;
        this.#isRefresh = isRefresh;
    }

    /** Records the inputs as the program sets them, so the display can distinguish them from defaults. */
    declare(urn: string, properties: PropertyMap): void {
        this.#declared.set(urn, properties);
    }

    begin(step: Step): void {
        this.#step("begin", step, step.operation);
    }

    failed(step: Step): void {
        this.#step("failed", step, step.operation);
    }

    /** Counts the step. A component is reported as done only when it registers its outputs. */
    done(step: Step): void {
        const operation = step.kind === "refresh" && this.#isRefresh ? step.result : step.operation;
        if (this.#counts(step)) this.changes[operation] = (this.changes[operation] ?? 0) + 1;
        if (this.#planning || stateOf(step).custom || step.kind === "refresh" || step.operation === "delete") {
            this.#step("done", step, operation);
        }
    }

    outputs(step: Step): void {
        this.#step("done", step, step.operation);
    }

    /** Reports that the deployment failed, or what an interruption left undone. */
    conclude(status: DeploymentStatus, unfinished: Iterable<string>): void {
        const kind = this.#planning ? "preview" : "update";
        if (status === "failed") this.error(undefined, `${kind} failed`);
        if (status !== "cancelled") return;
        this.error(undefined, `${kind} canceled`);
        this.warning(undefined, interruptedWarning([...unfinished].filter((urn) => !isDefaultProvider(urn))));
    }

    summary(status: DeploymentStatus, durationMs: number): void {
        this.#onEvent({ kind: "summary", planning: this.#planning, status, changes: this.changes, durationMs });
    }

    error(urn: string | undefined, text: string): void {
        this.#onEvent({ kind: "diagnostic", severity: "error", urn, text });
    }
    warning(urn: string | undefined, text: string): void {
        this.#onEvent({ kind: "diagnostic", severity: "warning", urn, text });
    }
    info(urn: string | undefined, text: string): void {
        this.#onEvent({ kind: "diagnostic", severity: "info", urn, text });
    }

    #counts(step: Step): boolean {
        if (isInternal(step)) return false;
        if (step.kind === "refresh") return this.#isRefresh;
        if (!isLogical(step)) return false;
        if (step.kind === "read") return hasNewOutputs(step.old?.outputs, step.new.outputs);
        return true;
    }

    #step(kind: StepEvent["kind"], step: Step, operation: Operation): void {
        const { type, provider } = stateOf(step);
        this.#onEvent({
            kind,
            planning: this.#planning,
            step: {
                operation,
                urn: step.urn,
                type,
                provider,
                replaceKeys: step.replaceKeys,
                diffKeys: step.diffKeys,
                old: step.old && { ...step.old },
                new: step.new && { ...step.new },
                declared: this.#declared.get(step.urn),
                internal: isInternal(step),
            },
        });
    }
}

const isInternal = (step: Step): boolean => step.kind === "removePendingReplace" || isDefaultProvider(step.urn);

function hasNewOutputs(old: PropertyMap | undefined, current: PropertyMap | undefined): boolean {
    return old !== undefined && current !== undefined && !sameValue(old, current);
}
