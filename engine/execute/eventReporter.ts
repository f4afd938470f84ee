/** Tells what happens as events, and counts what was done. */

import type { ChangeCounts, EngineEvent, Operation, ResourceStep, StepEvent } from "../model/events";
import type { Reporter } from "../plan/planner";
import { isLogical, type Step, stateOf } from "../plan/steps";
import { isDefaultProvider } from "../model/urn";
import { sameValue } from "../model/values";

export class EventReporter implements Reporter {
    readonly #onEvent: (event: EngineEvent) => void;
    readonly #planning: boolean;
    readonly #isRefresh: boolean;
    readonly changes: ChangeCounts = {};

    constructor(
        onEvent: (event: EngineEvent) => void,
        planning: boolean,
        /** The deployment is a refresh: what it finds is what it has done. */
        isRefresh: boolean,
    ) {
        this.#onEvent = onEvent;
        this.#planning = planning;
        this.#isRefresh = isRefresh;
    }

    begin(step: Step): void {
        this.#step("begin", step, step.operation);
    }

    failed(step: Step): void {
        this.#step("failed", step, step.operation);
    }

    /** Counts it, and shows it as done; a component is shown as done when it registers its outputs. */
    done(step: Step): void {
        const operation = step.kind === "refresh" && this.#isRefresh ? step.result : step.operation;
        if (this.#counts(step)) this.changes[operation] = (this.changes[operation] ?? 0) + 1;
        if (this.#planning || stateOf(step).custom || step.kind === "refresh" || step.operation === "delete")
            this.#step("done", step, operation);
    }

    outputs(step: Step): void {
        this.#step("done", step, step.operation);
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
        // Something that is only read counts where it has changed.
        if (step.kind === "read")
            return (
                step.old?.outputs !== undefined &&
                step.new.outputs !== undefined &&
                !sameValue(step.old.outputs, step.new.outputs)
            );
        return true;
    }

    #step(kind: StepEvent["kind"], step: Step, operation: Operation): void {
        const { type, provider } = stateOf(step);
        const told: ResourceStep = {
            operation,
            urn: step.urn,
            type,
            provider,
            replaceKeys: step.replaceKeys,
            diffKeys: step.diffKeys,
            old: step.old && { ...step.old },
            new: step.new && { ...step.new },
            internal: isInternal(step),
        };
        this.#onEvent({ kind, step: told, planning: this.#planning });
    }
}

const isInternal = (step: Step): boolean => step.kind === "removePendingReplace" || isDefaultProvider(step.urn);
