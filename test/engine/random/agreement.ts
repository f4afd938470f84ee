/** Whether a state is whole, and whether it and the account know of the same things. */
import { isDeepStrictEqual } from "node:util";
import { isProviderType, STACK_TYPE } from "../../../engine/model/urn";
import type { PendingOperation, PropertyMap, ResourceState, Snapshot } from "../../../engine/model/types";
import { mapValues, withoutSecrets } from "../../../engine/model/values";
import { findDefects } from "../../../engine/state/integrity";
import { content, tagOf, type Account } from "./account";
import { ACCOUNT } from "./goals";
import { dataInput, type Program } from "./programs";

const plain = (properties: PropertyMap): PropertyMap => content(mapValues(properties, withoutSecrets));
const isThing = ({ custom, type }: ResourceState): boolean => custom && !isProviderType(type);

export class Agreement {
    readonly #account: Account;
    /** Left behind by interrupted creations: the state recorded that they began and cannot know more. */
    readonly #orphans = new Set<string>();
    /** Interrupted in an update or a deletion: unknown until a refresh. */
    readonly #doubtful = new Set<string>();
    /** To be retained when they are deleted. */
    readonly #retained = new Set<string>();

    constructor(account: Account) {
        this.#account = account;
    }

    get hasDoubts(): boolean {
        return this.#doubtful.size > 0;
    }

    isLeftBehind(id: string): boolean {
        return this.#orphans.has(id) || this.#retained.has(id);
    }

    /** They disappeared from the account. */
    lose(ids: readonly string[]): void {
        for (const id of ids) this.#doubtful.add(id);
    }

    /** What a deployment has begun without learning how it ended is in doubt from now on. */
    doubt(before: Snapshot, { resources, pendingOperations }: Snapshot): void {
        const known = new Set(resources.map(({ id }) => id));
        // Each pending creation accounts for one thing; earlier ones are already accounted for.
        const pending = createdSlots(pendingOperations);
        for (const slot of createdSlots(before.pendingOperations)) remove(pending, slot);
        for (const [id, { slot }] of this.#account.things) {
            if (!known.has(id) && !this.isLeftBehind(id) && remove(pending, slot)) this.#orphans.add(id);
        }
        for (const { type, resource } of pendingOperations) {
            // An update is recorded as what it is to become, which has no id yet, and may have another name.
            const inDoubt =
                type === "updating"
                    ? resources.filter((state) => isThing(state) && state.inputs?.slot === resource.inputs?.slot)
                    : type === "deleting"
                      ? [resource]
                      : [];
            for (const { id = "" } of inDoubt) this.#doubtful.add(id);
        }
    }

    /** A refresh has looked at everything. */
    settle(): void {
        this.#doubtful.clear();
    }

    /** Where the state and the account disagree. */
    complaints({ resources }: Snapshot): string[] {
        const found: string[] = [];
        const known = new Set<string>();
        for (const { id = "", urn, outputs = {}, pendingReplacement, retainOnDelete } of resources.filter(isThing)) {
            if (known.has(id)) found.push(`${id} is twice in the state`);
            known.add(id);
            if (retainOnDelete === true) this.#retained.add(id);
            const thing = this.#account.things.get(id);
            if (this.#doubtful.has(id) || (pendingReplacement === true && thing === undefined)) continue;
            if (thing === undefined) found.push(`${urn} is in the state as ${id}, which does not exist`);
            else if (!isDeepStrictEqual(thing, plain(outputs))) {
                found.push(`${urn} is ${JSON.stringify(thing)}, in the state ${JSON.stringify(plain(outputs))}`);
            }
        }
        for (const id of this.#account.things.keys()) {
            if (!known.has(id) && !this.isLeftBehind(id)) found.push(`${id} exists, and the state does not know it`);
        }
        return found;
    }

    /** In what the state is not exactly the program, when that has been deployed. */
    differences({ resources }: Snapshot, program: Program): string[] {
        const found: string[] = [];
        const states = new Map(resources.map((state) => [state.urn, state]));
        const wanted = program.resources.map(({ urn }) => urn);
        const there = resources
            .filter(({ type }) => !isProviderType(type) && type !== STACK_TYPE)
            .map(({ urn }) => urn);
        if (!isDeepStrictEqual(there.toSorted(), wanted.toSorted())) {
            found.push(`the state has ${there.toSorted().join(" ")} instead of ${wanted.toSorted().join(" ")}`);
        }
        const idOf = (slot: number): string =>
            states.get(program.resources.find((other) => other.slot === slot)?.urn ?? "")?.id ?? "";
        for (const declared of program.resources) {
            const { urn, component, value, kind, from, seat, badge, data, ignoreChanges } = declared;
            // What is ignored may be as it was once.
            if (component || ignoreChanges.length > 0) continue;
            const state = states.get(urn);
            const inputs = {
                ...ACCOUNT.steering(declared),
                value,
                kind,
                from: from.map(idOf),
                ...(seat !== undefined && { seat: idOf(seat) }),
                ...(badge && { badge: tagOf(badge.of) }),
                ...(data && { data: withoutSecrets(dataInput(data)) }),
            };
            if (!isDeepStrictEqual(plain(state?.inputs ?? {}), inputs)) {
                found.push(`${urn} has ${JSON.stringify(state?.inputs)} instead of ${JSON.stringify(inputs)}`);
            }
        }
        return found;
    }
}

const createdSlots = (operations: readonly PendingOperation[]): unknown[] =>
    operations.filter(({ type }) => type === "creating").map(({ resource }) => resource.inputs?.slot);

function remove(list: unknown[], item: unknown): boolean {
    const index = list.indexOf(item);
    if (index >= 0) list.splice(index, 1);
    return index >= 0;
}

/** What is wrong with a state in itself. */
export const defects = ({ resources }: Snapshot): string[] => [
    ...findDefects(resources),
    ...resources.filter((state) => isThing(state) && !state.id).map(({ urn }) => `${urn} has no id`),
];
