/** Turns the resources that the program registers into steps, one after another. */

import type { PropertyMap, ResourceState } from "../model/types";
import { makeUrn } from "../model/urn";
import { containsUnknowns } from "../model/values";
import { findOldState, type OldStateLookup } from "./aliases";
import { checkInputs } from "./check";
import { compare, ignoreChanges } from "./comparison";
import type { PlanContext, Registration } from "./context";
import { AlreadyReported } from "./errors";
import type { Alias, ReadGoal, RegisterResult, ResourceGoal } from "./goal";
import { planReplacement } from "./replacement";
import { buildReadState, buildResourceState } from "./resourceState";
import type { Step } from "./steps";
import { keep, keepDependencies, rejectMissingProvider, rejectSkippedDependencies } from "./targets/untargeted";

export class Planner {
    readonly #context: PlanContext;
    constructor(context: PlanContext) {
        this.#context = context;
    }

    urnOf(goal: { parent?: string | undefined; type: string; name: string }): string {
        return makeUrn(this.#context.stack, this.#context.project, goal.parent, goal.type, goal.name);
    }

    async planRegistration(goal: ResourceGoal, answer: (result: RegisterResult) => void): Promise<Step[]> {
        const { decisions, providers, targets } = this.#context;
        const { urn, old, formerUrn, error } = this.#claim(goal, goal.aliases);
        const state = buildResourceState(urn, goal, old, formerUrn);
        const provider = goal.custom ? await providers.of(state) : undefined;
        const registration: Registration = { goal, old, state, provider, answer };
        if (needsImport(goal, old)) return this.#planImport(registration);

        const isTargeted = targets.includes(state);
        const isRecreated = decisions.willDelete(old?.urn ?? urn);
        const inputs = old === undefined ? goal.properties : this.#withoutIgnored(urn, goal, old);
        const fresh = isRecreated || old?.external === true;
        const isValid = provider === undefined || (await this.#check(registration, inputs, { isTargeted, fresh }));
        if (error !== undefined || !isValid) throw new AlreadyReported(`resource ${urn} is invalid`);

        const kept = isTargeted ? keepDependencies(state, this.#context) : [];
        if (old !== undefined && isRecreated) return [...kept, ...this.#planCreateReplacement(registration, old)];
        if (old?.external === true) return [...kept, ...this.#planTakeOverExternal(registration, old)];
        targets.recordReached(state);
        const planned =
            old === undefined
                ? this.#planCreate(registration, isTargeted)
                : isTargeted
                  ? await this.#planChange(registration, old, provider === undefined ? inputs : (state.inputs ?? {}))
                  : this.#planUntargeted(registration, old);
        const steps = [...kept, ...planned];
        rejectSkippedDependencies(steps, this.#context);
        return steps;
    }

    planRead(goal: ReadGoal, answer: (result: RegisterResult) => void): Step[] {
        const { decisions } = this.#context;
        const { urn, old } = this.#claim(goal, []);
        const state = buildReadState(urn, goal);
        if (goal.id === "") throw new Error(`expected an ID for ${urn}`);
        if (old !== undefined && old.external !== true && old.id !== goal.id) {
            decisions.record("replace", urn);
            return [
                { kind: "read", operation: "read-replacement", urn, old, new: state, replacing: true, answer },
                { kind: "replace", operation: "replace", urn, old, new: state },
            ];
        }
        decisions.record("read", urn);
        return [{ kind: "read", operation: "read", urn, old, new: state, replacing: false, answer }];
    }

    /** Claims the URN for this resource and looks up its old state. */
    #claim(goal: ResourceGoal | ReadGoal, aliases: readonly Alias[]): OldStateLookup & { urn: string } {
        const { prior, decisions, reporter } = this.#context;
        const { name, type, parent } = goal;
        if (parent !== undefined && !decisions.isRegistered(parent)) {
            throw new Error(`could not find parent resource ${parent}`);
        }
        const urn = this.urnOf(goal);
        if (decisions.isRegistered(urn)) {
            reporter.error(urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
            throw new AlreadyReported("duplicate URN");
        }
        decisions.recordRegistration(urn);
        const lookup = findOldState(prior, decisions, { urn, name, type, parent, aliases });
        if (lookup.error !== undefined) reporter.error(urn, lookup.error);
        return { urn, ...lookup };
    }

    #withoutIgnored(urn: string, goal: ResourceGoal, old: ResourceState): PropertyMap {
        const { inputs, impossible } = ignoreChanges(goal.ignoreChanges, old.inputs ?? {}, goal.properties);
        if (impossible.length > 0) {
            this.#context.reporter.info(
                urn,
                `cannot ignore changes in added or removed elements of the path: "${impossible.join(", ")}"`,
            );
        }
        return inputs;
    }

    /** Whether the provider accepts the inputs. A resource that is not a target keeps its old inputs unchecked. */
    async #check(
        { goal, old, state, provider }: Registration,
        inputs: PropertyMap,
        options: { isTargeted: boolean; fresh: boolean },
    ): Promise<boolean> {
        const { targets, reporter } = this.#context;
        if (!options.isTargeted) {
            state.inputs = old?.inputs ?? {};
            return true;
        }
        if (options.fresh || old === undefined || targets.mustReplace(state.urn, old)) {
            return checkInputs(state, provider, undefined, goal.properties, reporter);
        }
        return checkInputs(state, provider, old.inputs ?? {}, inputs, reporter);
    }

    #planImport({ goal, old, state, answer }: Registration): Step[] {
        const { decisions } = this.#context;
        decisions.record("import", state.urn);
        const step = { kind: "import" as const, urn: state.urn, new: state, id: goal.importId ?? "", answer };
        if (old === undefined || decisions.willDelete(state.urn)) return [{ ...step, operation: "import" }];
        return [
            { ...step, operation: "import-replacement", old },
            { kind: "replace", operation: "replace", urn: state.urn, old, new: state },
        ];
    }

    /** The old resource was already deleted, before the replacement of one of its dependencies. */
    #planCreateReplacement({ state, answer }: Registration, old: ResourceState): Step[] {
        const { decisions } = this.#context;
        const { urn } = state;
        decisions.recordRecreate(old.urn, urn);
        return [
            { kind: "replace", operation: "replace", urn, old, new: state },
            {
                kind: "create",
                operation: "create-replacement",
                urn,
                old,
                new: state,
                deletesLater: false,
                replaceKeys: decisions.replaceKeysOf(old.urn),
                answer,
            },
        ];
    }

    /** The program only read the resource until now; a new one is created, and the external one is discarded. */
    #planTakeOverExternal({ state, answer }: Registration, old: ResourceState): Step[] {
        const { urn } = state;
        this.#context.decisions.record("create", urn);
        return [
            { kind: "create", operation: "create-replacement", urn, old, new: state, deletesLater: true, answer },
            { kind: "replace", operation: "replace", urn, old, new: state },
        ];
    }

    #planCreate({ state, answer }: Registration, isTargeted: boolean): Step[] {
        const { decisions } = this.#context;
        const { urn } = state;
        if (isTargeted) {
            decisions.record("create", urn);
            return [{ kind: "create", operation: "create", urn, new: state, deletesLater: false, answer }];
        }
        decisions.recordSkippedCreate(urn);
        return [{ kind: "skippedCreate", operation: "same", urn, new: state, answer }];
    }

    /** The resource keeps its old URN, so its children find their parent under that one. */
    #planUntargeted({ state, answer }: Registration, old: ResourceState): Step[] {
        const { decisions } = this.#context;
        rejectMissingProvider(old, state.urn, decisions);
        decisions.recordRegistration(old.urn);
        for (const urn of [state.urn, old.urn]) decisions.record("same", urn);
        return [...keepDependencies(old, this.#context), { ...keep(old), answer }];
    }

    async #planChange(registration: Registration, old: ResourceState, inputs: PropertyMap): Promise<Step[]> {
        const { state, provider, answer } = registration;
        const { decisions, reporter, dryRun } = this.#context;
        const { urn } = state;
        if (!dryRun && containsUnknowns(state.replacementTrigger ?? null)) {
            reporter.error(urn, `replacement trigger contains unknowns for ${urn}`);
            throw new AlreadyReported("unknown replacement trigger");
        }
        const diff = await compare(old, state, inputs, provider, this.#context);
        if (old.pendingReplacement === true || (diff.changes && diff.replaces)) {
            return planReplacement(registration, old, diff, this.#context);
        }
        // A resource that was not initialized completely is updated until that succeeds.
        if (diff.changes || (old.initErrors ?? []).length > 0) {
            decisions.record("update", urn);
            return [{ kind: "update", operation: "update", urn, old, new: state, diffKeys: diff.changedKeys, answer }];
        }
        decisions.record("same", urn);
        return [{ kind: "same", operation: "same", urn, old, new: state, answer }];
    }
}

const needsImport = (goal: ResourceGoal, old: ResourceState | undefined): boolean =>
    goal.custom &&
    goal.importId !== undefined &&
    (old === undefined || old.external === true || (old.importID ?? old.id) !== goal.importId);
