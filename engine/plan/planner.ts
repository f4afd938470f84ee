/** Turns what the program registers, one resource after another, into steps. */

import type { PropertyMap, ResourceState } from "../model/types";
import { findOld } from "./aliases";
import type { PriorState } from "./priorState";
import { compare, ignoreChanges, isTriggered } from "./comparison";
import type { Decisions } from "./decisions";
import { AlreadyReported } from "./errors";
import type { Alias, ReadGoal, RegisterResult, ResourceGoal } from "./goal";
import { newReadState, buildResourceState } from "./resourceState";
import type { Diff, Providers, ResourceProvider } from "./provider";
import { planReplacement } from "./replacement";
import type { Selection } from "./selection";
import type { Step } from "./steps";
import { refuseSkippedDependencies, untargetedSames } from "./untargeted";
import { makeUrn, parseUrn } from "../model/urn";
import { containsUnknowns, isSecret } from "../model/values";

/** Where problems are told. */
export interface Reporter {
    error(urn: string | undefined, text: string): void;
    warning(urn: string | undefined, text: string): void;
    info(urn: string | undefined, text: string): void;
}

export interface PlanContext {
    stack: string;
    project: string;
    dryRun: boolean;
    base: PriorState;
    decisions: Decisions;
    selection: Selection;
    providers: Providers;
    report: Reporter;
}

/** A registration on its way to its steps. */
export interface Registration {
    goal: ResourceGoal;
    old: ResourceState | undefined;
    state: ResourceState;
    provider: ResourceProvider | undefined;
    answer: (registered: RegisterResult) => void;
}

export class Planner {
    readonly #context: PlanContext;
    constructor(context: PlanContext) {
        this.#context = context;
    }

    urnOf(goal: { parent?: string | undefined; type: string; name: string }): string {
        return makeUrn(this.#context.stack, this.#context.project, goal.parent, goal.type, goal.name);
    }

    async planRegistration(goal: ResourceGoal, answer: (registered: RegisterResult) => void): Promise<Step[]> {
        const { decisions, providers, selection } = this.#context;
        const { urn, old, formerUrn, valid } = this.#claim(goal, goal.aliases);
        const state = buildResourceState(urn, goal, old, formerUrn);
        const provider = goal.custom ? await providers.of(state) : undefined;
        const registration: Registration = { goal, old, state, provider, answer };

        const isImport =
            goal.custom &&
            goal.importId !== undefined &&
            (old === undefined || old.external === true || (old.importID ?? old.id) !== goal.importId);
        if (isImport) return this.#planImport(registration);

        const isTargeted = selection.includes(state);
        const recreating = decisions.deletes.has(old?.urn ?? urn);
        const inputs = old === undefined ? goal.properties : this.#withoutIgnored(urn, goal, old);
        const checked =
            provider === undefined ||
            (await this.#check(registration, inputs, { isTargeted, fresh: recreating || old?.external === true }));
        if (!valid || !checked) throw new AlreadyReported(`resource ${urn} is invalid`);

        const before = isTargeted ? untargetedSames(state, this.#context) : [];
        if (old !== undefined && recreating) return [...before, ...this.#planCreateReplacement(registration, old)];
        if (old?.external === true) return [...before, ...this.#planTakeOverExternal(registration, old)];
        selection.reached(state);
        const steps =
            old === undefined
                ? this.#planCreation(registration, isTargeted)
                : await this.#planChange(
                      registration,
                      old,
                      provider === undefined ? inputs : (state.inputs ?? {}),
                      isTargeted,
                  );
        return refuseSkippedDependencies([...before, ...steps], this.#context);
    }

    planRead(goal: ReadGoal, answer: (registered: RegisterResult) => void): Step[] {
        const { decisions } = this.#context;
        const { urn, old } = this.#claim(goal, []);
        const state = newReadState(urn, goal);
        if (goal.id === "") throw new Error(`Expected an ID for ${urn}`);
        if (old !== undefined && old.external !== true && old.id !== goal.id) {
            decisions.replaces.add(urn);
            return [
                { kind: "read", operation: "read-replacement", urn, old, new: state, replacing: true, answer },
                { kind: "replace", operation: "replace", urn, old, new: state },
            ];
        }
        decisions.reads.add(urn);
        return [{ kind: "read", operation: "read", urn, old, new: state, replacing: false, answer }];
    }

    /** Takes the URN for this resource and looks up its old state. */
    #claim(
        goal: ResourceGoal | ReadGoal,
        aliases: readonly Alias[],
    ): { urn: string; old: ResourceState | undefined; formerUrn: string | undefined; valid: boolean } {
        const { base, decisions, report } = this.#context;
        if (goal.parent !== undefined && !decisions.claimed.has(goal.parent))
            throw new Error(`could not find parent resource ${goal.parent}`);
        const urn = this.urnOf(goal);
        if (decisions.claimed.has(urn)) {
            report.error(urn, `Duplicate resource URN '${urn}'; try giving it a unique name`);
            throw new AlreadyReported("duplicate URN");
        }
        decisions.claimed.add(urn);
        const { old, formerUrn, error } = findOld(base, decisions, {
            urn,
            name: goal.name,
            type: goal.type,
            parent: goal.parent,
            aliases,
        });
        if (error !== undefined) report.error(urn, error);
        return { urn, old, formerUrn, valid: error === undefined };
    }

    #withoutIgnored(urn: string, goal: ResourceGoal, old: ResourceState): PropertyMap {
        const { inputs, impossible } = ignoreChanges(goal.ignoreChanges, old.inputs ?? {}, goal.properties);
        if (impossible.length > 0)
            this.#context.report.info(
                urn,
                `cannot ignore changes in added or removed elements of the path: "${impossible.join(", ")}"`,
            );
        return inputs;
    }

    /** Lets the provider check the inputs; whether it found them good. What is no target keeps its old ones, unasked. */
    async #check(
        { goal, old, state, provider }: Registration,
        inputs: PropertyMap,
        how: { isTargeted: boolean; fresh: boolean },
    ): Promise<boolean> {
        if (!how.isTargeted) {
            state.inputs = old?.inputs ?? {};
            return true;
        }
        const fresh = how.fresh || old === undefined || this.#context.selection.replace.has(state.urn);
        return checkInputs(
            state,
            provider,
            fresh ? undefined : (old.inputs ?? {}),
            fresh ? goal.properties : inputs,
            this.#context.report,
        );
    }

    #planImport({ goal, old, state, answer }: Registration): Step[] {
        this.#context.decisions.imports.add(state.urn);
        const step = { kind: "import" as const, urn: state.urn, new: state, id: goal.importId ?? "", answer };
        if (old === undefined || this.#context.decisions.deletes.has(state.urn))
            return [{ ...step, operation: "import" }];
        return [
            { ...step, operation: "import-replacement", old },
            { kind: "replace", operation: "replace", urn: state.urn, old, new: state },
        ];
    }

    /** It was deleted ahead, for the sake of something that it depends on: now it comes back. */
    #planCreateReplacement({ state, answer }: Registration, old: ResourceState): Step[] {
        const { decisions } = this.#context;
        const { urn } = state;
        decisions.deletes.delete(old.urn);
        decisions.replaces.add(urn);
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

    /** It was only read until now: one of our own is made beside it. */
    #planTakeOverExternal({ state, answer }: Registration, old: ResourceState): Step[] {
        const { urn } = state;
        this.#context.decisions.creates.add(urn);
        return [
            { kind: "create", operation: "create-replacement", urn, old, new: state, deletesLater: true, answer },
            { kind: "replace", operation: "replace", urn, old, new: state },
        ];
    }

    #planCreation({ state, answer }: Registration, isTargeted: boolean): Step[] {
        const { decisions } = this.#context;
        const { urn } = state;
        if (isTargeted) {
            decisions.creates.add(urn);
            return [{ kind: "create", operation: "create", urn, new: state, deletesLater: false, answer }];
        }
        decisions.sames.add(urn);
        decisions.skippedCreates.add(urn);
        return [{ kind: "skippedCreate", operation: "same", urn, new: state, answer }];
    }

    async #planChange(
        registration: Registration,
        old: ResourceState,
        inputs: PropertyMap,
        isTargeted: boolean,
    ): Promise<Step[]> {
        const { state, provider, answer } = registration;
        const { decisions, selection, report, dryRun } = this.#context;
        const { urn } = state;
        if (!isTargeted) {
            decisions.sames.add(urn);
            return [
                ...untargetedSames(old, this.#context),
                { kind: "same", operation: "same", urn: old.urn, old, new: { ...old }, untargeted: true, answer },
            ];
        }
        if (!dryRun && containsUnknowns(state.replacementTrigger ?? null)) {
            report.error(urn, `replacement trigger contains unknowns for ${urn}`);
            throw new AlreadyReported("unknown replacement trigger");
        }
        const triggered = isTriggered(old.replacementTrigger, state.replacementTrigger);
        const diff: Diff = triggered
            ? { changes: true, replaceKeys: [], changedKeys: [], deleteBeforeReplace: false }
            : await compare(old, state, inputs, provider, decisions, selection);
        const pending = old.pendingReplacement === true;
        const steps = await this.#planDifference(registration, old, diff, triggered || pending);
        if (steps !== undefined) return steps;
        decisions.sames.add(urn);
        return [{ kind: "same", operation: "same", urn, old, new: state, answer }];
    }

    /** Undefined: there is nothing to do. */
    async #planDifference(
        registration: Registration,
        old: ResourceState,
        diff: Diff,
        replace: boolean,
    ): Promise<Step[] | undefined> {
        const { state, answer } = registration;
        const { urn } = state;
        if (replace || (diff.changes && diff.replaceKeys.length > 0))
            return planReplacement(registration, old, diff, this.#context);
        // A resource that was made only in part is updated until that succeeds.
        if (!diff.changes && (old.initErrors ?? []).length === 0) return undefined;
        this.#context.decisions.updates.add(urn);
        return [{ kind: "update", operation: "update", urn, old, new: state, diffKeys: diff.changedKeys, answer }];
    }
}

/** Replaces the state's inputs by the checked ones; false, and told, where the provider finds them wrong. */
export async function checkInputs(
    state: ResourceState,
    provider: ResourceProvider | undefined,
    olds: PropertyMap | undefined,
    news: PropertyMap,
    report: Reporter,
): Promise<boolean> {
    if (provider === undefined) return true;
    const { inputs, failures } = await provider.check(state.urn, olds, news);
    const { name } = parseUrn(state.urn);
    for (const { property, reason } of failures) {
        const what =
            property === ""
                ? reason
                : `property ${property} value {${describe(state.inputs?.[property])}} has a problem: ${reason}`;
        report.error(state.urn, `${state.type} resource '${name}'${property === "" ? " has a problem" : ""}: ${what}`);
    }
    state.inputs = inputs;
    return failures.length === 0;
}

/** A value as Pulumi's messages show it. */
function describe(value: PropertyMap[string] | undefined): string {
    if (value === undefined || value === null) return "<nil>";
    if (Array.isArray(value)) return `[${value.map((item) => `{${describe(item)}}`).join(" ")}]`;
    if (typeof value === "object")
        return isSecret(value)
            ? "[secret]"
            : `map[${Object.entries(value)
                  .map(([key, item]) => `${key}:{${describe(item)}}`)
                  .join(" ")}]`;
    return String(value);
}
