/** What the program registers, in the order in which it arrives: planned one by one, carried out side by side. */

import type { DeploymentRequest } from "../deployment";
import type { PriorState } from "../plan/priorState";
import { AlreadyReported } from "../plan/errors";
import type { ReadGoal, RegisterResult, ResourceGoal } from "../plan/goal";
import type { Planner } from "../plan/planner";
import type { Step } from "../plan/steps";
import { isProviderType, packageOf, parseUrn, providerReference, providerType, STACK_TYPE } from "../model/urn";
import { configInputs } from "../protocol/providerProcess";
import { type PropertyMap, UNKNOWN } from "../model/types";
import type { Executor } from "./executor";
import type { Journal } from "./journal";
import { isSupportedPackage } from "./providers";
import type { EventReporter } from "./eventReporter";

/** What the protocol hands on. A promise that never resolves: the program gets no answer any more. */
export interface ProgramHost {
    register(goal: ResourceGoal): Promise<RegisterResult>;
    read(goal: Omit<ReadGoal, "provider"> & { provider?: string | undefined }): Promise<RegisterResult>;
    registerOutputs(urn: string, outputs: PropertyMap): Promise<void>;
    refuse(message: string): void;
}

interface RegistrationsOptions {
    request: DeploymentRequest;
    executor: Executor;
    telling: EventReporter;
    journal: Journal;
    base: PriorState;
    /** URNs of what is known to be due. */
    unfinished: Set<string>;
    submit(steps: readonly Step[]): Promise<void>;
    fail(error: Error): void;
    /** The state could not be saved. */
    giveUp(error: Error): void;
}

export class Registrations implements ProgramHost {
    readonly #planner: Planner;
    readonly #options: RegistrationsOptions;
    #queue: Promise<void> = Promise.resolve();
    #open = 0;
    readonly #drainWaiters: (() => void)[] = [];
    readonly #goals = new Map<string, ResourceGoal>();
    readonly #defaultProviders = new Map<string, Promise<string>>();
    #stackOutputs: { urn: string; outputs: PropertyMap } | undefined;
    #hasFailed = false;

    constructor(planner: Planner, options: RegistrationsOptions) {
        this.#planner = planner;
        this.#options = options;
    }

    async register(asked: ResourceGoal): Promise<RegisterResult> {
        return this.#counted(async () => {
            const goal = this.#withParent(asked);
            this.#goals.set(this.#planner.urnOf(goal), goal);
            const needsDefault = goal.custom && !isProviderType(goal.type) && goal.provider === undefined;
            const provider = needsDefault
                ? await this.#defaultProvider(goal)
                : goal.custom && !isProviderType(goal.type)
                  ? goal.provider
                  : undefined;
            return this.#enqueue(this.#planner.urnOf(goal), (answer) =>
                this.#planner.planRegistration({ ...goal, provider }, answer),
            );
        });
    }

    async read(asked: Omit<ReadGoal, "provider"> & { provider?: string | undefined }): Promise<RegisterResult> {
        return this.#counted(async () => {
            const provider = asked.provider ?? (await this.#defaultProvider(asked));
            return this.#enqueue(this.#planner.urnOf(asked), (answer) =>
                Promise.resolve(this.#planner.planRead({ ...asked, provider }, answer)),
            );
        });
    }

    /** A component is complete with its outputs. The stack's take effect when everything else is done. */
    async registerOutputs(urn: string, outputs: PropertyMap): Promise<void> {
        if (parseUrn(urn).type === STACK_TYPE) {
            this.#stackOutputs = { urn, outputs };
            return;
        }
        await this.#complete(urn, outputs);
    }

    refuse(message: string): void {
        this.#failWith(undefined, new Error(message));
    }

    /** All that has arrived is planned, and handed on. */
    async drained(): Promise<void> {
        while (this.#open > 0) await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
    }

    /** After a failure the old outputs stay, with those that were registered on top. */
    finishStack(failed: boolean): void {
        if (this.#stackOutputs === undefined) return;
        const { urn, outputs } = this.#stackOutputs;
        const old = this.#options.base.current.get(urn)?.outputs ?? {};
        void this.#complete(urn, failed ? { ...old, ...outputs } : outputs);
    }

    async #complete(urn: string, outputs: PropertyMap): Promise<void> {
        const { executor, telling, journal } = this.#options;
        const step = executor.lastSteps.get(urn);
        if (step?.new === undefined) return;
        executor.lastSteps.delete(urn);
        if (step.kind === "skippedCreate") return;
        step.new.outputs = outputs;
        journal.touch(step.new);
        telling.outputs(step);
        if (parseUrn(urn).type !== STACK_TYPE && step.kind !== "same")
            await journal.save().catch((error: unknown) => this.#options.giveUp(error as Error));
    }

    /** What a child takes over from its parent where it says nothing itself. */
    #withParent(goal: ResourceGoal): ResourceGoal {
        const parent = goal.parent === undefined ? undefined : this.#goals.get(goal.parent);
        if (parent === undefined) return goal;
        const matches =
            parent.provider !== undefined && packageOf(parseUrn(parent.provider).type) === packageOf(goal.type);
        return {
            ...goal,
            protect: goal.protect ?? parent.protect,
            retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
            deletedWith: goal.deletedWith ?? parent.deletedWith,
            provider: goal.provider ?? (matches || !goal.custom ? parent.provider : undefined),
        };
    }

    /** The reference of the provider that the engine makes itself, before the first resource that needs it. */
    #defaultProvider(goal: { type: string; name: string }): Promise<string> {
        const name = packageOf(goal.type);
        if (!isSupportedPackage(name)) {
            const message = `The embedded engine deploys dynamic resources only: "${goal.name}" is a ${goal.type}, for which the pulumi command and the plugin of the package "${name}" are needed.`;
            this.#failWith(undefined, new Error(message));
            return new Promise(() => undefined);
        }
        let reference = this.#defaultProviders.get(name);
        if (reference === undefined) {
            reference = this.#registerDefaultProvider(name);
            this.#defaultProviders.set(name, reference);
        }
        return reference;
    }

    async #registerDefaultProvider(name: string): Promise<string> {
        const { config, secretKeys } = this.#options.request;
        const goal: ResourceGoal = {
            type: providerType(name),
            name: "default",
            custom: true,
            properties: name === "pulumi" ? {} : configInputs(config, secretKeys),
            dependencies: [],
            propertyDependencies: {},
            replaceWith: [],
            ignoreChanges: [],
            replaceOnChanges: [],
            additionalSecretOutputs: [],
            aliases: [],
            hideDiff: [],
        };
        const { urn, id } = await this.#enqueue(this.#planner.urnOf(goal), (answer) =>
            this.#planner.planRegistration(goal, answer),
        );
        return providerReference(urn, id ?? UNKNOWN);
    }

    /** Plans in turn; the answer comes when the steps are done. */
    #enqueue(
        urn: string,
        plan: (answer: (registered: RegisterResult) => void) => Promise<Step[]>,
    ): Promise<RegisterResult> {
        const { unfinished } = this.#options;
        unfinished.add(urn);
        return new Promise((answer) => {
            const resolve = (registered: RegisterResult): void => {
                unfinished.delete(urn);
                answer(registered);
            };
            this.#queue = this.#queue.then(async () => {
                if (this.#hasFailed || this.#options.executor.stopped) return;
                try {
                    const steps = await plan(resolve);
                    await this.#options.submit(steps);
                } catch (error) {
                    this.#failWith(urn, error as Error);
                }
            });
        });
    }

    #failWith(urn: string | undefined, error: Error): void {
        if (this.#hasFailed) return;
        this.#hasFailed = true;
        if (!(error instanceof AlreadyReported)) this.#options.telling.error(urn, error.message);
        this.#options.fail(new AlreadyReported(error.message));
    }

    async #counted<Result>(work: () => Promise<Result>): Promise<Result> {
        this.#open++;
        try {
            return await work();
        } finally {
            this.#open--;
            if (this.#open === 0) for (const wake of this.#drainWaiters.splice(0)) wake();
        }
    }
}
