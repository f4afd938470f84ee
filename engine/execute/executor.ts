/** Runs chains of steps, so many at a time. After a failure what runs is finished, and nothing else is begun. */

import type { RegisterResult } from "../plan/goal";
import { type Step, stateOf } from "../plan/steps";
import { ProviderGone } from "../protocol/providerProcess";
import type { ResourceState } from "../model/types";
import type { Journal } from "./journal";
import { recordBegin, recordEnd } from "./record";
import { executeStep, InitFailed, markSecrets, ProtectedError, type StepContext } from "./steps";
import type { EventReporter } from "./eventReporter";

export interface ExecutorOptions {
    /** 0 and less: no limit. */
    parallel: number;
    /** After a failure, go on with what does not depend on it. */
    continueOnError: boolean;
    dryRun: boolean;
    journal: Journal;
    telling: EventReporter;
    steps: StepContext;
    /** Called at a failure that ends the deployment. */
    onFailure(): void;
    /** Called where the state could not be saved: nothing may go on then. */
    onUnsaved(error: Error): void;
}

export class Executor {
    readonly #options: ExecutorOptions;
    /** The steps that failed where the deployment goes on. */
    readonly failedSteps: Step[] = [];
    /** Begun, and still without an end. */
    readonly inFlight = new Set<Step>();
    /** By URN the step that made or changed it, until its outputs are registered. */
    readonly lastSteps = new Map<string, Step>();
    hasFailed = false;
    /** Nothing new is begun any more. */
    stopped = false;
    /** By the state that goes: whether its deletion has been done. What takes its place must not come before. */
    readonly #deletions = new Map<ResourceState, Deletion>();
    #running = 0;
    readonly #waiting: (() => void)[] = [];
    readonly #idleWaiters: (() => void)[] = [];

    constructor(options: ExecutorOptions) {
        this.#options = options;
    }

    /** Begin nothing new. */
    stop(): void {
        this.stopped = true;
        for (const wake of this.#waiting.splice(0)) wake();
        this.#wakeIdle();
    }

    /** Resolves when a free worker has taken the chain; its result, when all of it is done. */
    async submit(chain: readonly Step[]): Promise<{ finished: Promise<void> }> {
        const { parallel } = this.#options;
        while (!this.stopped && parallel > 0 && this.#running >= parallel)
            await new Promise<void>((resolve) => this.#waiting.push(resolve));
        if (this.stopped) return { finished: Promise.resolve() };
        this.#running++;
        const deletions = chain.flatMap((step) => (step.kind === "delete" ? [this.#deletionOf(step.old)] : []));
        const finished = this.#runChain(chain).finally(() => {
            for (const { settle } of deletions) settle(false);
            this.#running--;
            this.#waiting.shift()?.();
            this.#wakeIdle();
        });
        return { finished };
    }

    /** Side by side; resolves when all are done. */
    async runAll(steps: readonly Step[], onDone: (step: Step) => void = () => undefined): Promise<void> {
        const finished: Promise<void>[] = [];
        for (const step of steps) {
            if (this.stopped) break;
            finished.push((await this.submit([step])).finished.then(() => onDone(step)));
        }
        await Promise.all(finished);
    }

    async idle(): Promise<void> {
        while (this.#running > 0) await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
    }

    /** The same, and what comes later is too late: a program may end before all that it has sent arrives. */
    async close(): Promise<void> {
        await this.idle();
        this.stop();
    }

    #wakeIdle(): void {
        if (this.#running === 0) for (const wake of this.#idleWaiters.splice(0)) wake();
    }

    #deletionOf(state: ResourceState): Deletion {
        const deletion = this.#deletions.get(state) ?? new Deletion();
        this.#deletions.set(state, deletion);
        return deletion;
    }

    async #runChain(chain: readonly Step[]): Promise<void> {
        try {
            for (const [position, step] of chain.entries()) {
                const hasRoom =
                    step.kind !== "create" ||
                    step.old === undefined ||
                    ((await this.#deletions.get(step.old)?.isDone) ?? true);
                if (this.stopped) return;
                if (!hasRoom || !(await this.#run(step))) {
                    this.skipSteps(chain.slice(hasRoom ? position + 1 : position), "failed");
                    return;
                }
                if (step.kind === "delete") this.#deletionOf(step.old).settle(true);
            }
        } catch (error) {
            // Whatever a step itself does wrong is told by then: this is the state that cannot be written.
            this.stop();
            this.#options.onUnsaved(error as Error);
        }
    }

    async #run(step: Step): Promise<boolean> {
        const { journal, telling, steps } = this.#options;
        this.inFlight.add(step);
        try {
            telling.begin(step);
            await recordBegin(step, journal);
            const failure = await executeStep(step, steps).then(
                () => undefined,
                (error: unknown) => error as Error,
            );
            if (step.new !== undefined && step.kind !== "replace")
                markSecrets(step.new, (text) => telling.warning(step.urn, text));
            journal.touch(step.old, step.new);
            if (failure === undefined) {
                if (step.new !== undefined) this.lastSteps.set(step.urn, step);
                telling.done(step);
            } else this.#tellFailure(step, failure);
            await recordEnd(
                step,
                journal,
                failure === undefined || failure instanceof InitFailed
                    ? "done"
                    : failure instanceof ProviderGone
                      ? "unclear"
                      : "failed",
            );
            if (failure === undefined) step.answer?.(registered("success", step));
            else this.#afterFailure(step, failure);
            return failure === undefined;
        } finally {
            this.inFlight.delete(step);
        }
    }

    /** What will not be carried out, as something failed that must come before: where the deployment goes on, the program learns of it. */
    skipSteps(steps: readonly Step[], result: "failed" | "skipped"): void {
        if (this.stopped) return;
        this.failedSteps.push(...steps);
        for (const step of steps) {
            if (step.kind === "delete") this.#deletionOf(step.old).settle(false);
            step.answer?.(registered(result, step));
        }
    }

    #tellFailure(step: Step, failure: Error): void {
        const { dryRun, telling } = this.#options;
        const unclear =
            failure instanceof ProviderGone
                ? " Whether this was done is not known: it stays on record as pending, and the next run says how to go on."
                : "";
        telling.error(step.urn, dryRun ? `Preview failed: ${failure.message}` : failure.message + unclear);
        if (!dryRun) telling.failed(step);
    }

    #afterFailure(step: Step, failure: Error): void {
        this.hasFailed = true;
        if (this.#options.continueOnError || failure instanceof ProtectedError) {
            this.failedSteps.push(step);
            step.answer?.(registered("failed", step));
            return;
        }
        this.stop();
        this.#options.onFailure();
    }
}

/** Of what something else will take the place. */
class Deletion {
    settle: (isDone: boolean) => void = () => undefined;
    readonly isDone = new Promise<boolean>((resolve) => (this.settle = resolve));
}

/** What the program is told about a step that is done, or left out. */
export function registered(result: RegisterResult["result"], step: Step): RegisterResult {
    const state: ResourceState = stateOf(step);
    return {
        result,
        urn: step.urn,
        id: state.id,
        outputs: state.outputs ?? {},
        unknown: step.kind === "skippedCreate",
    };
}
