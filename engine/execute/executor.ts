/** Runs chains of steps with limited concurrency. After a failure, running chains finish and no new ones start. */

import type { ResourceState } from "../model/types";
import type { RegisterResult } from "../plan/goal";
import { type Step, stateOf } from "../plan/steps";
import type { EventReporter } from "./eventReporter";
import type { Journal } from "./journal";
import { ProviderGone } from "./providerServer";
import { recordBegin, recordEnd } from "./record";
import { executeStep, InitFailed, markSecrets, ProtectedError, type StepContext } from "./steps";

export interface ExecutorOptions {
    /** The maximum number of concurrent chains; 0 or less means no limit. */
    parallel: number;
    /** After a failure, continue with steps that do not depend on it. */
    continueOnError: boolean;
    dryRun: boolean;
    journal: Journal;
    reporter: EventReporter;
    steps: StepContext;
    /** Called for a failure that ends the deployment. */
    onFailure(): void;
    /** Called if the state cannot be saved; nothing may continue then. */
    onUnsaved(error: Error): void;
}

export class Executor {
    readonly #options: ExecutorOptions;
    /** Failed and skipped steps of a deployment that continues. */
    readonly failedSteps: Step[] = [];
    /** Maps a URN to the step that created or changed the resource, until its outputs are registered. */
    readonly lastSteps = new Map<string, Step>();
    hasFailed = false;
    /** No new steps start. */
    stopped = false;
    /** The deletions that a replacement waits for. */
    readonly #deletions = new Map<ResourceState, Deletion>();
    #running = 0;
    readonly #slotWaiters: (() => void)[] = [];
    readonly #idleWaiters: (() => void)[] = [];

    constructor(options: ExecutorOptions) {
        this.#options = options;
    }

    stop(): void {
        this.stopped = true;
        for (const wake of this.#slotWaiters.splice(0)) wake();
        this.#wakeIdle();
    }

    /** Resolves when the chain starts; `finished` resolves when all its steps are done. */
    async submit(chain: readonly Step[]): Promise<{ finished: Promise<void> }> {
        const { parallel } = this.#options;
        while (!this.stopped && parallel > 0 && this.#running >= parallel) {
            await new Promise<void>((resolve) => this.#slotWaiters.push(resolve));
        }
        if (this.stopped) return { finished: Promise.resolve() };
        this.#running++;
        const deletions = chain.flatMap((step) => (step.kind === "delete" ? [this.#deletionOf(step.old)] : []));
        const finished = this.#runChain(chain).finally(() => {
            for (const { settle } of deletions) settle(false);
            this.#running--;
            this.#slotWaiters.shift()?.();
            this.#wakeIdle();
        });
        return { finished };
    }

    /** Runs the steps concurrently; resolves when all are done. */
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

    /** Waits until idle and stops: a program may exit before all its requests have arrived. */
    async close(): Promise<void> {
        await this.idle();
        this.stop();
    }

    /** Reports steps that cannot run because a step before them failed. */
    skipSteps(steps: readonly Step[], result: "failed" | "skipped"): void {
        if (this.stopped) return;
        this.failedSteps.push(...steps);
        for (const step of steps) {
            if (step.kind === "delete") this.#deletionOf(step.old).settle(false);
            step.answer?.(registerResult(result, step));
        }
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
                const isOldDeleted = await this.#waitForDeletion(step);
                if (this.stopped) return;
                if (!isOldDeleted || !(await this.#run(step))) {
                    this.skipSteps(chain.slice(isOldDeleted ? position + 1 : position), "failed");
                    return;
                }
                if (step.kind === "delete") this.#deletionOf(step.old).settle(true);
            }
        } catch (error) {
            // Failures of steps are handled by then; only saving the state throws.
            this.stop();
            this.#options.onUnsaved(error as Error);
        }
    }

    /** A replacement is created only after the deletion of the old resource, if that comes first; false if it failed. */
    #waitForDeletion(step: Step): boolean | Promise<boolean> {
        if (step.kind !== "create" || step.old === undefined) return true;
        return this.#deletions.get(step.old)?.isDone ?? true;
    }

    async #run(step: Step): Promise<boolean> {
        const { journal, reporter, steps } = this.#options;
        reporter.begin(step);
        await recordBegin(step, journal);
        const failure = await executeStep(step, steps).then(
            () => undefined,
            (error: unknown) => error as Error,
        );
        if (step.new !== undefined && step.kind !== "replace") {
            markSecrets(step.new, (text) => reporter.warning(step.urn, text));
        }
        journal.touch(step.old, step.new);
        if (failure === undefined) {
            if (step.new !== undefined) this.lastSteps.set(step.urn, step);
            reporter.done(step);
        } else this.#reportFailure(step, failure);
        await recordEnd(step, journal, outcomeOf(failure));
        if (failure === undefined) step.answer?.(registerResult("success", step));
        else this.#handleFailure(step, failure);
        return failure === undefined;
    }

    #reportFailure(step: Step, failure: Error): void {
        const { dryRun, reporter } = this.#options;
        const note =
            failure instanceof ProviderGone
                ? " It is not known whether the operation completed. It stays in the state as pending, and the next run says how to resolve it."
                : "";
        reporter.error(step.urn, dryRun ? `Preview failed: ${failure.message}` : failure.message + note);
        if (!dryRun) reporter.failed(step);
    }

    #handleFailure(step: Step, failure: Error): void {
        this.hasFailed = true;
        if (this.#options.continueOnError || failure instanceof ProtectedError) {
            this.failedSteps.push(step);
            step.answer?.(registerResult("failed", step));
            return;
        }
        this.stop();
        this.#options.onFailure();
    }
}

class Deletion {
    settle: (isDone: boolean) => void = () => undefined;
    readonly isDone = new Promise<boolean>((resolve) => (this.settle = resolve));
}

function outcomeOf(failure: Error | undefined): "done" | "failed" | "unknown" {
    if (failure === undefined || failure instanceof InitFailed) return "done";
    return failure instanceof ProviderGone ? "unknown" : "failed";
}

function registerResult(result: RegisterResult["result"], step: Step): RegisterResult {
    const { id, outputs = {} } = stateOf(step);
    return { result, urn: step.urn, id, outputs, unknown: step.kind === "skippedCreate" };
}
