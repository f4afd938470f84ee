/** `--target`, `--exclude` and `--replace`: whether the names are known, which resources take part, and which may be deleted. */

import { allDependenciesOf } from "../../model/graph";
import type { DeploymentOptions } from "../../model/request";
import type { ResourceState } from "../../model/types";
import { isProviderType, STACK_TYPE } from "../../model/urn";
import { AlreadyReported } from "../errors";
import type { PriorState } from "../priorState";
import type { Reporter } from "../reporter";
import { UserError } from "../../model/userError";
import { UrnSet } from "./urnSet";

export class Targets {
    readonly #options: DeploymentOptions;
    readonly #names: Record<"targets" | "excludes" | "replace", UrnSet>;
    /** The names, and the dependents that were found to follow them. */
    readonly #reachedTargets: UrnSet;
    readonly #reachedExcludes: UrnSet;

    constructor(options: DeploymentOptions, protectedUrns: readonly string[] = []) {
        const excludes = [...options.excludes, ...protectedUrns];
        this.#options = options;
        this.#names = {
            targets: new UrnSet(options.targets),
            excludes: new UrnSet(excludes),
            replace: new UrnSet(options.replace),
        };
        this.#reachedTargets = new UrnSet(options.targets);
        this.#reachedExcludes = new UrnSet(excludes);
    }

    /** Reports names that no resource has, and ends the deployment if there are any. Patterns may match nothing. */
    assertKnown(
        option: "targets" | "excludes" | "replace",
        isKnown: (urn: string) => boolean,
        reporter: Reporter,
    ): void {
        const unknown = this.#names[option].literals.filter((urn) => !isKnown(urn));
        for (const urn of unknown) {
            const hint = urn.includes("$") ? "" : " Did you forget to escape $ in your shell?";
            reporter.error(undefined, `Target '${urn}' could not be found in the stack.${hint}`);
        }
        if (unknown.length > 0) throw new AlreadyReported("unknown targets");
    }

    /** Only some of the resources take part. */
    get isPartial(): boolean {
        return this.#names.targets.isConstrained || this.#names.excludes.isConstrained;
    }

    /** Takes no part because of `--exclude`. */
    excludes(urn: string): boolean {
        return this.#reachedExcludes.has(urn);
    }

    /** Whether the resource takes part; providers and the stack always do. */
    includes(state: ResourceState): boolean {
        return isProviderType(state.type) || state.type === STACK_TYPE || this.#selects(state);
    }

    /** Whether the resource is replaced without asking the provider: by `--replace`, or because it is tainted. */
    mustReplace(urn: string, old: ResourceState | undefined): boolean {
        return old?.taint === true || this.#names.replace.has(urn);
    }

    /** Call in dependency order: the dependents of the resource may follow it. */
    recordReached(state: ResourceState): void {
        if (this.#names.targets.isConstrained && this.#selects(state)) this.#reachedTargets.add(state.urn);
        else if (this.#names.excludes.isConstrained && !this.#selects(state)) this.#reachedExcludes.add(state.urn);
    }

    /** The states that a refresh reads; protected ones are always among them, and excludes override targets. */
    selectForRefresh(resources: readonly ResourceState[]): ResourceState[] {
        const targets = this.#options.excludes.length > 0 ? [] : this.#options.targets;
        const selection = new Targets({ ...this.#options, targets });
        return resources.filter((state) => {
            selection.recordReached(state);
            return selection.#selects(state);
        });
    }

    #selects(state: ResourceState): boolean {
        const follows = (reached: UrnSet): boolean => allDependenciesOf(state).some((urn) => reached.has(urn));
        if (this.#names.targets.isConstrained) {
            return (
                this.#reachedTargets.has(state.urn) || (this.#options.targetDependents && follows(this.#reachedTargets))
            );
        }
        if (this.#names.excludes.isConstrained) {
            return !(
                this.#reachedExcludes.has(state.urn) ||
                (this.#options.excludeDependents && follows(this.#reachedExcludes))
            );
        }
        return true;
    }

    /** Returns a test for which states may be deleted: targets with their dependents, but nothing that an excluded resource needs. */
    deletable(prior: PriorState): (state: ResourceState) => boolean {
        const { targets, excludes } = this.#names;
        if (targets.isConstrained) {
            const named = prior.resources.filter((state) => targets.has(state.urn));
            const reached = new Set(named.flatMap((state) => withDependents(state, prior)).map(({ urn }) => urn));
            return (state) => reached.has(state.urn);
        }
        if (excludes.isConstrained) {
            const kept = this.#keptWith(
                prior.resources.filter((state) => excludes.has(state.urn)),
                prior,
            );
            return (state) => !kept.has(state.urn);
        }
        return () => true;
    }

    /** The URNs of excluded resources and of all that they need; with their dependents, also of all that depends on any of these. */
    #keptWith(excluded: readonly ResourceState[], prior: PriorState): Set<string> {
        const kept = new Set(excluded);
        for (const state of kept) {
            for (const needed of prior.graph.directDependenciesOf(state)) kept.add(needed);
            if (!this.#options.excludeDependents) continue;
            for (const dependent of prior.graph.dependentsOf(state, { children: true })) kept.add(dependent);
        }
        return new Set([...kept].map(({ urn }) => urn));
    }

    /** Whether everything to be deleted was asked for; reports dependents of targets that were not. */
    allowDeletion(toDelete: Iterable<ResourceState>, reporter: Reporter): boolean {
        if (!this.#names.targets.isConstrained || this.#options.targetDependents) return true;
        const untargeted = [...toDelete].filter((state) => !this.#names.targets.has(state.urn));
        for (const { urn } of untargeted) {
            reporter.error(
                urn,
                `Resource '${urn}' will be destroyed but was not specified in --target list.\nEither include resource in --target list or pass --target-dependents to proceed.`,
            );
        }
        return untargeted.length === 0;
    }
}

/** A destroy or refresh with a name that no resource has is refused as a whole: a misspelled `--exclude` would delete what it was to keep. */
export function assertNamesExist({ targets, excludes }: DeploymentOptions, prior: PriorState): void {
    const unknown = new UrnSet([...targets, ...excludes]).literals.find((urn) => !prior.urns.has(urn));
    if (unknown !== undefined) throw new UserError(`no resource named '${unknown}' found`);
}

/** The URNs of the protected resources and everything they need. */
export function protectedUrns(prior: PriorState): string[] {
    const kept = prior.resources.filter((state) => state.protect === true);
    return [...new Set(withRequirements(kept, prior).map(({ urn }) => urn))];
}

const withDependents = (state: ResourceState, prior: PriorState): ResourceState[] => [
    state,
    ...prior.graph.dependentsOf(state, { children: true }),
];
const withRequirements = (states: readonly ResourceState[], prior: PriorState): ResourceState[] =>
    states.flatMap((state) => [state, ...prior.graph.neededBy(state)]);
