/** One deployment from its beginning to its end: refresh, program, deletions, and what is told about all of it. */

import type { DeploymentRequest, DeploymentResult } from "../deployment";
import type { DeploymentStatus } from "../model/events";
import { PriorState } from "../plan/priorState";
import { Decisions } from "../plan/decisions";
import { planDeletions } from "../plan/deletions";
import { AlreadyReported } from "../plan/errors";
import { allDependenciesOf } from "../model/graph";
import { Planner } from "../plan/planner";
import { afterRefresh, planRefreshes } from "../plan/refreshes";
import { protectedUrns, Selection } from "../plan/selection";
import { type Step, stateOf } from "../plan/steps";
import { isDefaultProvider, STACK_TYPE } from "../model/urn";
import type { PropertyMap } from "../model/types";
import { Executor, type ExecutorOptions } from "./executor";
import { Journal } from "./journal";
import { type ProgramHost, Registrations } from "./registrations";
import type { ProviderRegistry } from "./providers";
import { EventReporter } from "./eventReporter";
import { interruptedWarning, pendingOperationsWarning } from "./warnings";

export interface RunParts {
    providers: ProviderRegistry;
    base(): PriorState;
    setBase(base: PriorState): void;
    /** Runs the program against the registrations; absent where there is none to run. */
    startProgram?: ((host: ProgramHost) => Program) | undefined;
    telling: EventReporter;
}

export interface Program {
    /** Resolves when it will register nothing more: told so, or ended. Rejects, its failure told, where it failed. */
    finished: Promise<void>;
    /** Lets it go, when all that it asked for is done, or will not be done. */
    end(): Promise<void>;
}

export class Run {
    readonly #request: DeploymentRequest;
    readonly #parts: RunParts;
    readonly #journal: Journal;
    readonly #decisions = new Decisions();
    readonly #selection: Selection;
    /** Everything is protected, and the protected shall stay. */
    readonly #everythingProtected: boolean;
    readonly #executor: Executor;
    /** URNs of what is known to be due. */
    readonly #unfinished = new Set<string>();
    #programError: Error | undefined;
    #unsaved: Error | undefined;
    readonly #begun = performance.now();
    readonly #stopped: Promise<"failed" | "cancelled">;
    #stop: (why: "failed" | "cancelled") => void = () => undefined;

    constructor(request: DeploymentRequest, parts: RunParts) {
        this.#request = request;
        this.#parts = parts;

        const spared =
            request.operation === "destroy" && request.options.excludeProtected ? protectedUrns(parts.base()) : [];
        this.#selection = new Selection(request.options, spared);
        this.#everythingProtected = spared.length > 0 && spared.length === parts.base().urns.size;
        this.#journal = new Journal(
            { resources: [...parts.base().resources], pendingOperations: this.#inheritedOperations() },
            request.dryRun ? undefined : request.store,
        );
        this.#stopped = new Promise((resolve) => (this.#stop = resolve));
        this.#executor = new Executor(this.#executorOptions({ goOn: request.options.continueOnError }));
    }

    async run(): Promise<DeploymentResult> {
        const request = this.#request;
        const parts = this.#parts;
        if (this.#everythingProtected) {
            parts.telling.info(
                undefined,
                `There were no unprotected resources to destroy. There are still ${parts.base().resources.length} protected resources associated with this stack.`,
            );
            return {
                status: "succeeded",
                changes: {},
                outputs: this.#outputs(),
                durationMs: performance.now() - this.#begun,
            };
        }
        const cancel = (): void => {
            this.#executor.stop();
            this.#stop("cancelled");
        };
        request.signal.addEventListener("abort", cancel, { once: true });
        if (request.signal.aborted) cancel();
        let status: DeploymentStatus;
        try {
            status = await this.#deploy();
        } catch (error) {
            if (this.#unsaved === undefined && !(error instanceof AlreadyReported))
                parts.telling.error(undefined, (error as Error).message);
            status = "failed";
        } finally {
            request.signal.removeEventListener("abort", cancel);
        }
        await this.#executor.idle();
        await this.#saveAll();
        return this.#result(status);
    }

    async #deploy(): Promise<DeploymentStatus> {
        const { operation, dryRun, options, snapshot } = this.#request;
        if (operation === "refresh" || options.refresh) {
            const status = await this.#refresh();
            if (operation === "refresh" || status !== "succeeded") return status;
        } else if (snapshot.pendingOperations.length > 0 && !dryRun) {
            this.#parts.telling.warning(undefined, pendingOperationsWarning(snapshot.pendingOperations));
        }
        this.#checkTargets(this.#selection.replace.named());
        return this.#update();
    }

    /** Reads everything, and goes on from what is there. A failure does not keep the others from being read. */
    async #refresh(): Promise<DeploymentStatus> {
        const { options } = this.#request;
        this.#checkTargets(this.#selection.targets.named());
        this.#checkTargets(this.#selection.excludes.named());
        const { resources } = this.#parts.base();
        const steps = planRefreshes(resources, options);
        const executor = new Executor(this.#executorOptions({ goOn: true }));
        void this.#stopped.then(() => executor.stop());
        await executor.runAll(steps);
        await executor.idle();
        const refreshed = afterRefresh(resources, steps);
        this.#parts.setBase(new PriorState(refreshed));
        this.#journal.resetBase(refreshed);
        return this.#conclude(executor.hasFailed);
    }

    /** Runs the program, then deletes what it no longer has. Without a program that is everything. */
    async #update(): Promise<DeploymentStatus> {
        const request = this.#request;
        const parts = this.#parts;
        const context = {
            ...request,
            project: request.project.name,
            base: parts.base(),
            decisions: this.#decisions,
            selection: this.#selection,
            providers: parts.providers,
            report: parts.telling,
        };
        const registrations = new Registrations(new Planner(context), {
            request,
            executor: this.#executor,
            telling: parts.telling,
            journal: this.#journal,
            base: context.base,
            unfinished: this.#unfinished,
            submit: (steps) => this.#submit(steps),
            fail: (error) => this.#fail(error),
            giveUp: (error) => this.#abortUnsaved(error),
        });
        const program = parts.startProgram?.(registrations);
        let failure: unknown;
        try {
            const finished = (program?.finished ?? Promise.resolve()).then(
                () => undefined,
                (error: unknown) => error,
            );
            failure = await Promise.race([finished, this.#stopped]);
            // What the program has registered is carried out, even where it failed afterwards.
            if (failure instanceof Error) await Promise.race([registrations.drained(), this.#stopped]);
            if (failure === undefined) {
                await Promise.race([registrations.drained(), this.#stopped]);
                await this.#deleteUnregistered(context.base);
            }
            await this.#executor.close();
            registrations.finishStack(
                failure !== undefined ||
                    this.#unsaved !== undefined ||
                    this.#executor.hasFailed ||
                    this.#decisions.failed,
            );
            await this.#saveAll();
        } finally {
            await program?.end();
        }
        if (failure instanceof Error) throw failure;
        if (this.#programError !== undefined) throw this.#programError;
        this.#checkTargets(this.#selection.targets.named());
        return this.#conclude(this.#executor.hasFailed || this.#decisions.failed);
    }

    /** The planning of a registration failed: that ends the deployment. */
    #fail(error: Error): void {
        this.#programError ??= error;
        this.#executor.stop();
        this.#stop("failed");
    }

    /** A state that cannot be saved ends the deployment. */
    #abortUnsaved(unsaved: Error): void {
        this.#unsaved ??= unsaved;
        this.#executor.stop();
        this.#stop("failed");
    }

    async #saveAll(): Promise<void> {
        await this.#journal.close().catch((error: unknown) => this.#abortUnsaved(error as Error));
        if (this.#unsaved === undefined) return;
        // Whatever was in the way may have gone: then the state knows what became of all that was in flight.
        await this.#journal.save().catch(() => undefined);
        throw this.#unsaved;
    }

    /** Hands steps over to the executor, without those that depend on something that failed. */
    async #submit(steps: readonly Step[]): Promise<void> {
        const missing = new Set(this.#executor.failedSteps.map(({ urn }) => urn));
        const blocked = new Set<Step>();
        for (const step of steps) {
            // What depended on it may go, though not ahead of something that will not come.
            if (
                step.kind === "delete" ||
                !allDependenciesOf(stateOf(step)).some((dependency) => missing.has(dependency))
            )
                continue;
            missing.add(step.urn);
            blocked.add(step);
        }
        const isLeftOut = (step: Step): boolean => blocked.has(step) || (step.kind === "delete" && blocked.size > 0);
        this.#executor.skipSteps(steps.filter(isLeftOut), "skipped");
        const chain = steps.filter((step) => !isLeftOut(step));
        if (chain.length > 0) await this.#executor.submit(chain);
    }

    async #deleteUnregistered(base: PriorState): Promise<void> {
        const { options, dryRun, signal } = this.#request;
        // An interrupted deployment still finds out what it leaves undone.
        if (this.#executor.stopped && !signal.aborted) return;
        await this.#executor.idle();
        const { sames, levels } = planDeletions(
            base,
            this.#decisions,
            this.#selection,
            { ...options, dryRun },
            this.#parts.telling,
        );
        for (const same of sames) await (await this.#executor.submit([same])).finished;
        for (const { urn } of levels.flat()) this.#unfinished.add(urn);
        const needed = new Set<unknown>();
        for (const level of levels) {
            for (const step of this.#executor.failedSteps)
                for (const state of base.graph.neededBy(step.old ?? stateOf(step))) needed.add(state);
            await this.#executor.runAll(
                level.filter((step) => !needed.has(step.old)),
                (step) => this.#unfinished.delete(step.urn),
            );
        }
    }

    #checkTargets(urns: readonly string[]): void {
        const unknown = urns.filter((urn) => !this.#parts.base().urns.has(urn) && !this.#decisions.claimed.has(urn));
        for (const urn of unknown) {
            const hint = urn.includes("$") ? "" : " Did you forget to escape $ in your shell?";
            this.#parts.telling.error(undefined, `Target '${urn}' could not be found in the stack.${hint}`);
        }
        if (unknown.length > 0) throw new AlreadyReported("unknown targets");
    }

    #conclude(failed: boolean): DeploymentStatus {
        const { dryRun, signal } = this.#request;
        const kind = dryRun ? "preview" : "update";
        if (failed) this.#parts.telling.error(undefined, `${kind} failed`);
        else if (signal.aborted) {
            this.#parts.telling.error(undefined, `${kind} canceled`);
            this.#parts.telling.warning(
                undefined,
                interruptedWarning([...this.#unfinished].filter((urn) => !isDefaultProvider(urn))),
            );
        }
        return failed ? "failed" : signal.aborted ? "cancelled" : "succeeded";
    }

    #executorOptions({ goOn }: { goOn: boolean }): ExecutorOptions {
        const { options, dryRun } = this.#request;
        const steps = { dryRun, providers: this.#parts.providers, deletes: this.#decisions.deletes };
        return {
            parallel: options.parallel,
            continueOnError: goOn,
            dryRun,
            journal: this.#journal,
            telling: this.#parts.telling,
            steps,
            onFailure: () => this.#stop("failed"),
            onUnsaved: (error) => this.#abortUnsaved(error),
        };
    }

    #inheritedOperations(): DeploymentRequest["snapshot"]["pendingOperations"] {
        const { operation, options, snapshot } = this.#request;
        return operation === "refresh" && options.clearPendingCreates
            ? snapshot.pendingOperations.filter(({ type }) => type !== "creating")
            : snapshot.pendingOperations;
    }

    #result(status: DeploymentStatus): DeploymentResult {
        const durationMs = performance.now() - this.#begun;
        const { changes } = this.#parts.telling;
        this.#request.onEvent({ kind: "summary", planning: this.#request.dryRun, status, changes, durationMs });
        return { status, changes, outputs: this.#outputs(), durationMs };
    }

    #outputs(): PropertyMap {
        return this.#journal.resources().find((state) => state.type === STACK_TYPE)?.outputs ?? {};
    }
}
