/** Runs one deployment: refresh, program, deletions and summary. */

import { errorMessage } from "../../common/errorMessage";
import type { DeploymentStatus } from "../model/events";
import type { DeploymentRequest, DeploymentResult } from "../model/request";
import { STACK_TYPE } from "../model/urn";
import type { PlanContext } from "../plan/context";
import { Decisions } from "../plan/decisions";
import { AlreadyReported } from "../plan/errors";
import { Planner } from "../plan/planner";
import { PriorState } from "../plan/priorState";
import { afterRefresh, planRefreshes } from "../plan/refreshes";
import type { Step } from "../plan/steps";
import { protectedUrns, Targets } from "../plan/targets/targets";
import { splitBlocked } from "./blockedSteps";
import { EventReporter } from "./eventReporter";
import { Executor, type ExecutorOptions } from "./executor";
import { Journal } from "./journal";
import type { Program, ProgramHost } from "./programHost";
import type { ProviderRegistry } from "./providers";
import { Registrations } from "./registrations";
import { runDeletions } from "./runDeletions";
import { pendingOperationsWarning } from "./warnings";

export interface RunParts {
    providers: ProviderRegistry;
    prior: () => PriorState;
    setPrior: (prior: PriorState) => void;
    /** Undefined if the operation runs no program. */
    startProgram?: ((host: ProgramHost) => Program) | undefined;
    reporter: EventReporter;
}

export class Run {
    readonly #request: DeploymentRequest;
    readonly #parts: RunParts;
    readonly #journal: Journal;
    readonly #decisions = new Decisions();
    readonly #targets: Targets;
    /** Nothing is left to destroy, because protected resources are excluded. */
    readonly #everythingProtected: boolean;
    readonly #executor: Executor;
    /** The URNs of resources whose steps are not done yet. */
    readonly #unfinished = new Set<string>();
    #planningError: Error | undefined;
    #saveError: Error | undefined;
    readonly #startedAt = performance.now();
    readonly #stopped: Promise<"failed" | "cancelled">;
    #stop: (reason: "failed" | "cancelled") => void = () => undefined;

    constructor(request: DeploymentRequest, parts: RunParts) {
        const { operation, options, dryRun, snapshot, store } = request;
        const prior = parts.prior();
        const excluded = operation === "destroy" && options.excludeProtected ? protectedUrns(prior) : [];
        const clearsPending = operation === "refresh" && options.clearPendingCreates;
        this.#request = request;
        this.#parts = parts;
        this.#targets = new Targets(options, excluded);
        this.#everythingProtected = excluded.length > 0 && excluded.length === prior.urns.size;
        this.#journal = new Journal(
            prior.resources,
            clearsPending ? [] : snapshot.pendingOperations,
            dryRun ? undefined : store,
        );
        this.#stopped = new Promise((resolve) => (this.#stop = resolve));
        this.#executor = new Executor(this.#executorOptions(options.continueOnError));
    }

    async run(): Promise<DeploymentResult> {
        const { signal } = this.#request;
        const { prior, reporter } = this.#parts;
        if (this.#everythingProtected) {
            reporter.info(
                undefined,
                `There were no unprotected resources to destroy. There are still ${prior().resources.length} protected resources associated with this stack.`,
            );
            return this.#result("succeeded");
        }
        const cancel = (): void => {
            this.#executor.stop();
            this.#stop("cancelled");
        };
        signal.addEventListener("abort", cancel, { once: true });
        if (signal.aborted) cancel();
        let status: DeploymentStatus;
        try {
            status = await this.#deploy();
        } catch (error) {
            if (this.#saveError === undefined && !(error instanceof AlreadyReported)) {
                reporter.error(undefined, errorMessage(error));
            }
            status = "failed";
        } finally {
            signal.removeEventListener("abort", cancel);
        }
        await this.#executor.idle();
        await this.#saveAll();
        const result = this.#result(status);
        reporter.summary(status, result.durationMs);
        return result;
    }

    async #deploy(): Promise<DeploymentStatus> {
        const { operation, dryRun, options, snapshot } = this.#request;
        if (operation === "refresh" || options.refresh) {
            const status = await this.#refresh();
            if (operation === "refresh" || status !== "succeeded") return status;
        } else if (snapshot.pendingOperations.length > 0 && !dryRun) {
            this.#parts.reporter.warning(undefined, pendingOperationsWarning(snapshot.pendingOperations));
        }
        this.#assertKnown("replace");
        return this.#update();
    }

    /** Reads all resources; a failure does not stop the other reads. */
    async #refresh(): Promise<DeploymentStatus> {
        const { resources } = this.#parts.prior();
        // In an empty stack, the targets of an `up` are yet to be created.
        if (resources.length > 0) for (const option of ["targets", "excludes"] as const) this.#assertKnown(option);
        const steps = planRefreshes(resources, this.#targets);
        const executor = new Executor(this.#executorOptions(true));
        void this.#stopped.then(() => executor.stop());
        await executor.runAll(steps);
        await executor.idle();
        const refreshed = afterRefresh(resources, steps);
        this.#parts.setPrior(new PriorState(refreshed));
        this.#journal.resetBase(refreshed);
        return this.#conclude(executor.hasFailed);
    }

    /** Runs the program, then deletes what it no longer registers; without a program, that is everything. */
    async #update(): Promise<DeploymentStatus> {
        const { providers, reporter, prior, startProgram } = this.#parts;
        const context: PlanContext = {
            stack: this.#request.stack,
            project: this.#request.project.name,
            dryRun: this.#request.dryRun,
            prior: prior(),
            decisions: this.#decisions,
            targets: this.#targets,
            providers,
            reporter,
        };
        const registrations = new Registrations(new Planner(context), {
            settings: this.#request,
            executor: this.#executor,
            reporter,
            journal: this.#journal,
            prior: context.prior,
            unfinished: this.#unfinished,
            submit: (steps) => this.#submit(steps),
            onFailure: (error) => this.#abortPlanning(error),
            onUnsaved: (error) => this.#abortUnsaved(error),
        });
        const program = startProgram?.(registrations);
        let failure: unknown, exit: "succeeded" | "failed" | undefined;
        try {
            const finished = (program?.finished ?? Promise.resolve()).then(
                () => undefined,
                (error: unknown) => error,
            );
            failure = await Promise.race([finished, this.#stopped]);
            // What the program registered before it failed is still deployed.
            if (failure === undefined || failure instanceof Error) {
                await Promise.race([registrations.drained(), this.#stopped]);
            }
            if (failure === undefined) await this.#deleteUnregistered(context);
            await this.#executor.close();
            registrations.finishStack(failure !== undefined || this.#saveError !== undefined || this.#hasFailed);
            await this.#saveAll();
        } finally {
            exit = await program?.end();
        }
        if (failure instanceof Error) throw failure;
        if (this.#planningError !== undefined) throw this.#planningError;
        if (exit === "failed") throw new AlreadyReported("the program failed");
        this.#assertKnown("targets");
        return this.#conclude(this.#hasFailed);
    }

    get #hasFailed(): boolean {
        return this.#executor.hasFailed || this.#decisions.hasErrors;
    }

    #abortPlanning(error: Error): void {
        this.#planningError ??= error;
        this.#executor.stop();
        this.#stop("failed");
    }

    #abortUnsaved(error: Error): void {
        this.#saveError ??= error;
        this.#executor.stop();
        this.#stop("failed");
    }

    async #saveAll(): Promise<void> {
        await this.#journal.close().catch((error: unknown) => this.#abortUnsaved(error as Error));
        if (this.#saveError === undefined) return;
        // The obstacle may be gone by now; then the state records the outcome of every operation that was running.
        await this.#journal.save().catch(() => undefined);
        throw this.#saveError;
    }

    async #submit(steps: readonly Step[]): Promise<void> {
        const { runnable, blocked } = splitBlocked(steps, this.#executor.failedSteps);
        this.#executor.skipSteps(blocked, "skipped");
        if (runnable.length > 0) await this.#executor.submit(runnable);
    }

    async #deleteUnregistered(context: PlanContext): Promise<void> {
        // An interrupted deployment still plans the deletions, to report what remains.
        if (this.#executor.stopped && !this.#request.signal.aborted) return;
        await this.#executor.idle();
        await runDeletions(context, this.#executor, this.#unfinished);
    }

    #assertKnown(option: "targets" | "excludes" | "replace"): void {
        const { urns } = this.#parts.prior();
        const isKnown = (urn: string): boolean => urns.has(urn) || this.#decisions.isRegistered(urn);
        this.#targets.assertKnown(option, isKnown, this.#parts.reporter);
    }

    #conclude(failed: boolean): DeploymentStatus {
        const status = failed ? "failed" : this.#request.signal.aborted ? "cancelled" : "succeeded";
        this.#parts.reporter.conclude(status, this.#unfinished);
        return status;
    }

    #executorOptions(continueOnError: boolean): ExecutorOptions {
        const { options, dryRun } = this.#request;
        const { providers, reporter } = this.#parts;
        return {
            parallel: options.parallel,
            continueOnError,
            dryRun,
            journal: this.#journal,
            reporter,
            steps: { dryRun, providers, willDelete: (urn) => this.#decisions.willDelete(urn) },
            onFailure: () => this.#stop("failed"),
            onUnsaved: (error) => this.#abortUnsaved(error),
        };
    }

    #result(status: DeploymentStatus): DeploymentResult {
        const outputs = this.#journal.resources().find((state) => state.type === STACK_TYPE)?.outputs ?? {};
        const durationMs = performance.now() - this.#startedAt;
        return { status, changes: this.#parts.reporter.changes, outputs, durationMs };
    }
}
