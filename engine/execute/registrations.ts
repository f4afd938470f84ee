/** Serves the program: plans its registrations one after another, and runs the steps concurrently. */

import { errorMessage } from "../../common/errorMessage";
import type { DeploymentSettings } from "../model/request";
import { type PropertyMap, UNKNOWN } from "../model/types";
import { isProviderType, packageOf, parseUrn, providerReference, STACK_TYPE } from "../model/urn";
import { AlreadyReported } from "../plan/errors";
import type { RegisterResult, ResourceGoal } from "../plan/goal";
import type { Planner } from "../plan/planner";
import type { PriorState } from "../plan/priorState";
import type { Step } from "../plan/steps";
import { defaultProviderGoal } from "./defaultProvider";
import type { EventReporter } from "./eventReporter";
import type { Executor } from "./executor";
import type { Journal } from "./journal";
import type { ProgramHost, ReadRequest } from "./programHost";
import { isSupportedPackage } from "./providers";

interface RegistrationsOptions {
    settings: DeploymentSettings;
    executor: Executor;
    reporter: EventReporter;
    journal: Journal;
    prior: PriorState;
    /** The URNs of resources whose steps are not done yet. */
    unfinished: Set<string>;
    submit(steps: readonly Step[]): Promise<void>;
    /** Called if a registration cannot be planned. */
    onFailure(error: Error): void;
    /** Called if the state cannot be saved. */
    onUnsaved(error: Error): void;
}

export class Registrations implements ProgramHost {
    readonly #planner: Planner;
    readonly #options: RegistrationsOptions;
    #queue: Promise<void> = Promise.resolve();
    #openRequests = 0;
    readonly #drainWaiters: (() => void)[] = [];
    readonly #goals = new Map<string, ResourceGoal>();
    readonly #defaultProviders = new Map<string, Promise<string>>();
    #stackOutputs: { urn: string; outputs: PropertyMap } | undefined;
    #hasFailed = false;

    constructor(planner: Planner, options: RegistrationsOptions) {
        this.#planner = planner;
        this.#options = options;
    }

    async register(requested: ResourceGoal): Promise<RegisterResult> {
        return this.#track(async () => {
            const goal = this.#inheritFromParent(requested);
            this.#goals.set(this.#planner.urnOf(goal), goal);
            this.#options.reporter.declare(this.#planner.urnOf(goal), goal.properties);
            const needsProvider = goal.custom && !isProviderType(goal.type);
            const provider = needsProvider ? (goal.provider ?? (await this.#defaultProvider(goal))) : undefined;
            const result = await this.#enqueue(this.#planner.urnOf(goal), (answer) =>
                this.#planner.planRegistration({ ...goal, provider }, answer),
            );
            // A renamed resource that is not among the targets keeps its old URN, under which its children know it.
            this.#goals.set(result.urn, goal);
            return result;
        });
    }

    async read(request: ReadRequest): Promise<RegisterResult> {
        return this.#track(async () => {
            const provider = request.provider ?? (await this.#defaultProvider(request));
            return this.#enqueue(this.#planner.urnOf(request), (answer) =>
                Promise.resolve(this.#planner.planRead({ ...request, provider }, answer)),
            );
        });
    }

    /** Completes a component. The outputs of the stack take effect at the end of the deployment. */
    async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
        if (parseUrn(urn).type === STACK_TYPE) {
            this.#stackOutputs = { urn, outputs };
            return;
        }
        await this.#complete(urn, outputs);
    }

    reject(message: string): void {
        this.#fail(undefined, new Error(message));
    }

    /** Resolves when all requests so far have been answered. */
    async drained(): Promise<void> {
        while (this.#openRequests > 0) await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
    }

    /** After a failure, the old outputs stay, merged with those that the program registered. */
    finishStack(failed: boolean): void {
        if (this.#stackOutputs === undefined) return;
        const { urn, outputs } = this.#stackOutputs;
        const old = this.#options.prior.current.get(urn)?.outputs ?? {};
        void this.#complete(urn, failed ? { ...old, ...outputs } : outputs);
    }

    async #complete(urn: string, outputs: PropertyMap): Promise<void> {
        const { executor, reporter, journal } = this.#options;
        const step = executor.lastSteps.get(urn);
        if (step?.new === undefined) return;
        executor.lastSteps.delete(urn);
        if (step.kind === "skippedCreate") return;
        step.new.outputs = outputs;
        journal.touch(step.new);
        reporter.outputs(step);
        if (parseUrn(urn).type !== STACK_TYPE && step.kind !== "same") {
            await journal.save().catch((error: unknown) => this.#options.onUnsaved(error as Error));
        }
    }

    /** Fills in the options that a child inherits from its parent. */
    #inheritFromParent(goal: ResourceGoal): ResourceGoal {
        const parent = goal.parent === undefined ? undefined : this.#goals.get(goal.parent);
        if (parent === undefined) return goal;
        const isSamePackage =
            goal.custom &&
            parent.provider !== undefined &&
            packageOf(parseUrn(parent.provider).type) === packageOf(goal.type);
        return {
            ...goal,
            protect: goal.protect ?? parent.protect,
            retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
            deletedWith: goal.deletedWith ?? parent.deletedWith,
            provider: goal.provider ?? (isSamePackage ? parent.provider : undefined),
        };
    }

    /** The reference of the default provider, which is registered before the first resource that needs it. */
    #defaultProvider(goal: { type: string; name: string }): Promise<string> {
        const packageName = packageOf(goal.type);
        if (!isSupportedPackage(packageName)) {
            this.reject(
                `the embedded engine deploys only dynamic resources: "${goal.name}" is of type ${goal.type}, which needs the pulumi command and the plugin of the package "${packageName}".`,
            );
            return new Promise(() => undefined);
        }
        const reference = this.#defaultProviders.get(packageName) ?? this.#registerDefaultProvider(packageName);
        this.#defaultProviders.set(packageName, reference);
        return reference;
    }

    async #registerDefaultProvider(packageName: string): Promise<string> {
        const goal = defaultProviderGoal(packageName, this.#options.settings);
        const { urn, id } = await this.#enqueue(this.#planner.urnOf(goal), (answer) =>
            this.#planner.planRegistration(goal, answer),
        );
        return providerReference(urn, id ?? UNKNOWN);
    }

    /** Plans after all earlier requests; the result arrives when the steps are done. */
    #enqueue(
        urn: string,
        plan: (answer: (result: RegisterResult) => void) => Promise<Step[]>,
    ): Promise<RegisterResult> {
        const { unfinished, executor } = this.#options;
        unfinished.add(urn);
        return new Promise((resolve) => {
            const answer = (result: RegisterResult): void => {
                unfinished.delete(urn);
                resolve(result);
            };
            this.#queue = this.#queue.then(async () => {
                if (this.#hasFailed || executor.stopped) return;
                try {
                    await this.#options.submit(await plan(answer));
                } catch (error) {
                    this.#fail(urn, error);
                }
            });
        });
    }

    #fail(urn: string | undefined, error: unknown): void {
        if (this.#hasFailed) return;
        this.#hasFailed = true;
        const message = errorMessage(error);
        if (!(error instanceof AlreadyReported)) this.#options.reporter.error(urn, message);
        this.#options.onFailure(new AlreadyReported(message));
    }

    async #track<Result>(work: () => Promise<Result>): Promise<Result> {
        this.#openRequests++;
        try {
            return await work();
        } finally {
            this.#openRequests--;
            if (this.#openRequests === 0) for (const wake of this.#drainWaiters.splice(0)) wake();
        }
    }
}
