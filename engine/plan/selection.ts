/** Which resources take part: `--target`, `--exclude`, and their dependents as they come up. */

import type { DeploymentOptions } from "../deployment";
import type { ResourceState } from "../model/types";
import type { PriorState } from "./priorState";
import { allDependenciesOf } from "../model/graph";
import { UrnSet } from "./targets";
import { isProviderType, STACK_TYPE } from "../model/urn";

export class Selection {
    readonly #options: DeploymentOptions;
    readonly targets: UrnSet;
    readonly excludes: UrnSet;
    readonly replace: UrnSet;
    readonly #reachedTargets: UrnSet;
    readonly #reachedExcludes: UrnSet;

    constructor(
        options: DeploymentOptions,
        /** What stays for the sake of protected resources. */
        protectedUrns: readonly string[] = [],
    ) {
        this.#options = options;

        this.targets = new UrnSet(options.targets);
        this.excludes = new UrnSet([...options.excludes, ...protectedUrns]);
        this.replace = new UrnSet(options.replace);
        this.#reachedTargets = this.targets.copy();
        this.#reachedExcludes = this.excludes.copy();
    }

    /** Providers and the stack always take part. */
    includes(state: ResourceState): boolean {
        return isProviderType(state.type) || state.type === STACK_TYPE || this.selects(state);
    }

    /** As {@link includes}, without that exception. */
    selects(state: ResourceState): boolean {
        if (this.targets.isConstrained)
            return (
                this.targets.has(state.urn) ||
                (this.#options.targetDependents && this.#follows(state, this.#reachedTargets))
            );
        if (this.excludes.isConstrained)
            return (
                !this.excludes.has(state.urn) &&
                !(this.#options.excludeDependents && this.#follows(state, this.#reachedExcludes))
            );
        return true;
    }

    /** Remembers what was decided, for the dependents that come later. */
    reached(state: ResourceState): void {
        if (this.targets.isConstrained && this.selects(state)) this.#reachedTargets.add(state.urn);
        else if (this.excludes.isConstrained && !this.selects(state)) this.#reachedExcludes.add(state.urn);
    }

    #follows(state: ResourceState, reached: UrnSet): boolean {
        return allDependenciesOf(state).some((urn) => reached.has(urn));
    }

    /** What may be deleted. Deleting a target means deleting what depends on it; what an excluded one needs must stay. */
    deletable(base: PriorState): (state: ResourceState) => boolean {
        if (this.targets.isConstrained) {
            const reached = new Set<string>();
            for (const state of base.resources) {
                if (!this.targets.has(state.urn)) continue;
                reached.add(state.urn);
                for (const dependent of base.graph.dependentsOf(state, { children: true })) reached.add(dependent.urn);
            }
            return (state) => reached.has(state.urn);
        }
        if (this.excludes.isConstrained) {
            const kept = new Set<string>();
            for (const state of base.resources) {
                if (!this.excludes.has(state.urn)) continue;
                const dependents = this.#options.excludeDependents
                    ? base.graph.dependentsOf(state, { children: true })
                    : [];
                for (const each of [state, ...dependents]) {
                    kept.add(each.urn);
                    for (const needed of base.graph.neededBy(each)) kept.add(needed.urn);
                }
            }
            return (state) => !kept.has(state.urn);
        }
        return () => true;
    }

    /** Named targets that neither the state nor the program knows. */
    unknownTargets(urns: UrnSet, base: PriorState, claimed: ReadonlySet<string>): string[] {
        return urns.named().filter((urn) => !base.urns.has(urn) && !claimed.has(urn));
    }
}

/** The protected resources, and all that they need. */
export function protectedUrns(base: PriorState): string[] {
    const kept = base.resources.filter((state) => state.protect === true);
    return [...new Set(kept.flatMap((state) => [state, ...base.graph.neededBy(state)]).map(({ urn }) => urn))];
}
