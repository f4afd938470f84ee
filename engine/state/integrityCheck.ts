/**
 * Checks one state after another. A check of all resources at every save would make the time of a deployment quadratic,
 * so this one looks only at what changed, and at all resources only if that may have damaged the state.
 */

import type { ResourceState } from "../model/types";
import { commonPrefix } from "../model/values";
import { defectOf, findDefects, keysOf, neededProvider, referencesOf } from "./integrity";

export class IntegrityCheck {
    #states: readonly ResourceState[] = [];
    /** The keys of the first `#position` states. */
    readonly #before = new Counter();
    #position = 0;
    /** What all states refer to. */
    readonly #needed = new Counter();
    /** The URNs of all states that are not pending deletion. */
    readonly #current = new Counter();
    #isDamaged = false;

    /** The result of {@link findDefects}. A state that was passed in before is never modified. */
    findDefects(states: readonly ResourceState[]): string[] {
        const start = commonPrefix(this.#states, states);
        const kept = commonSuffix(this.#states, states, start);
        const removed = this.#states.slice(start, this.#states.length - kept);
        const added = states.slice(start, states.length - kept);
        this.#moveTo(start);
        this.#states = states;
        for (const state of removed) this.#count(state, -1);
        for (const state of added) this.#count(state, 1);

        let isSuspect = this.#isDamaged;
        for (const state of added) {
            isSuspect ||= defectOf(state) !== undefined || this.#current.get(state.urn) > 1;
            isSuspect ||= needsOf(state).some((key) => this.#before.get(key) === 0);
            for (const key of keysOf(state)) this.#before.add(key, 1);
        }
        this.#position += added.length;
        // What follows is unchanged, so it lacks only what was removed.
        isSuspect ||= removed.flatMap(keysOf).some((key) => this.#needed.get(key) > 0 && this.#before.get(key) === 0);

        const defects = isSuspect ? findDefects(states) : [];
        this.#isDamaged = defects.length > 0;
        return defects;
    }

    #moveTo(position: number): void {
        const count = (state: ResourceState | undefined, change: number): void => {
            for (const key of state === undefined ? [] : keysOf(state)) this.#before.add(key, change);
        };
        while (this.#position < position) count(this.#states[this.#position++], 1);
        while (this.#position > position) count(this.#states[--this.#position], -1);
    }

    #count(state: ResourceState, change: number): void {
        for (const key of needsOf(state)) this.#needed.add(key, change);
        if (state.delete !== true) this.#current.add(state.urn, change);
    }
}

class Counter {
    readonly #counts = new Map<string, number>();

    get(key: string): number {
        return this.#counts.get(key) ?? 0;
    }

    add(key: string, change: number): void {
        const count = this.get(key) + change;
        if (count === 0) this.#counts.delete(key);
        else this.#counts.set(key, count);
    }
}

function needsOf(state: ResourceState): string[] {
    const urns = referencesOf(state).map(({ urn }) => urn);
    const provider = neededProvider(state);
    return provider === undefined ? urns : [...urns, provider];
}

/** The number of trailing elements that are the same objects in both lists, without the first `prefix` ones. */
function commonSuffix<Item>(one: readonly Item[], other: readonly Item[], prefix: number): number {
    const length = Math.min(one.length, other.length) - prefix;
    let count = 0;
    while (count < length && one[one.length - 1 - count] === other[other.length - 1 - count]) count++;
    return count;
}
