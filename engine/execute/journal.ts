/**
 * The state as it grows. Every step is written before its provider call goes out, as a pending operation, and after it
 * came back; what is due at the same moment is saved together.
 */

import type { SnapshotStore } from "../deployment";
import { allDependenciesOf } from "../model/graph";
import { withNewNames } from "../plan/urnReferences";
import type { PendingOperation, PendingOperationType, ResourceState, Snapshot } from "../model/types";

export class Journal {
    readonly #store: SnapshotStore | undefined;
    #base: readonly ResourceState[];
    readonly #added: ResourceState[] = [];
    readonly #done = new Set<ResourceState>();
    readonly #pending = new Map<ResourceState, PendingOperationType>();
    readonly #inherited: readonly PendingOperation[];
    readonly #copies = new WeakMap<ResourceState, ResourceState>();
    #saving: Promise<void> = Promise.resolve();
    #queued: Promise<void> | undefined;
    #changed = false;
    #written = false;

    /** Without a store, in a preview, nothing is recorded. */
    constructor(snapshot: Snapshot, store: SnapshotStore | undefined) {
        this.#store = store;

        this.#base = snapshot.resources;
        // An interrupted creation may have left something behind: it stays on record until somebody says otherwise.
        this.#inherited = snapshot.pendingOperations.filter((operation) => operation.type === "creating");
    }

    /** What a refresh found takes the place of what the deployment began with. */
    resetBase(resources: readonly ResourceState[]): void {
        this.#base = resources;
    }

    /** Resolves when it is on disk that this is about to happen. */
    begin(state: ResourceState, type: PendingOperationType): Promise<void> {
        this.#pending.set(state, type);
        return this.save().catch((error: unknown) => {
            this.#pending.delete(state);
            throw error;
        });
    }

    /** Nobody knows how the operation ended: it stays pending, with what is known of it. */
    leavePending(): Promise<void> {
        return this.save();
    }

    /** The operation came back: `removed` leaves the state, `added` joins it. Resolves when that is on disk. */
    end(
        operation: ResourceState | undefined,
        change: { removed?: ResourceState | undefined; added?: ResourceState | undefined; unimportant?: boolean },
    ): Promise<void> {
        if (operation !== undefined) this.#pending.delete(operation);
        if (change.removed !== undefined) this.#done.add(change.removed);
        if (change.added !== undefined) this.#added.push(change.added);
        this.#changed = true;
        return change.unimportant === true ? Promise.resolve() : this.save();
    }

    /** A state was changed in place. */
    touch(...states: (ResourceState | undefined)[]): void {
        for (const state of states) if (state !== undefined) this.#copies.delete(state);
        this.#changed = true;
    }

    /** Saves what is not saved yet. A deployment always writes the state once. */
    async close(): Promise<void> {
        if (this.#changed || !this.#written) await this.save();
        await this.#saving;
    }

    resources(): ResourceState[] {
        return [...this.#added, ...this.#base].filter((state) => !this.#done.has(state));
    }

    /** Joins the save that is due next; while one is under way, all that comes up waits for the same one after it. */
    save(): Promise<void> {
        const store = this.#store;
        if (store === undefined) return Promise.resolve();
        this.#queued ??= this.#saving
            .catch(() => undefined)
            .then(() => {
                this.#queued = undefined;
                this.#changed = false;
                this.#written = true;
                this.#saving = store.save(this.#snapshot());
                return this.#saving;
            });
        return this.#queued;
    }

    #snapshot(): Snapshot {
        const resources = this.resources();
        const renamed = new Map(
            resources.flatMap((state) => (state.aliases ?? []).map((alias) => [alias, state.urn] as const)),
        );
        const pending = [...this.#pending].map(([resource, type]) => ({
            resource: this.#snapshotCopy(resource, renamed),
            type,
        }));
        return {
            resources: resources.map((state) => this.#snapshotCopy(state, renamed)),
            pendingOperations: [...pending, ...this.#inherited],
        };
    }

    /** A copy in the form of the state file, the same object as long as nothing changes. */
    #snapshotCopy(state: ResourceState, renamed: ReadonlyMap<string, string>): ResourceState {
        const refersToRenamed = renamed.size > 0 && allDependenciesOf(state).some((urn) => renamed.has(urn));
        if (refersToRenamed) return tidy(withNewNames(state, renamed));
        let copy = this.#copies.get(state);
        if (copy === undefined) {
            copy = tidy(state);
            this.#copies.set(state, copy);
        }
        return copy;
    }
}

/** As in Pulumi's state: what is empty is left out, and so are aliases, which have done their work. */
function tidy(state: ResourceState): ResourceState {
    const isEmpty = (value: unknown): boolean =>
        value === undefined ||
        value === "" ||
        value === false ||
        (Array.isArray(value) && value.length === 0) ||
        (typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0);
    const entries = Object.entries(state).filter(
        ([key, value]) => key !== "aliases" && (key === "custom" || !isEmpty(value)),
    );
    return Object.fromEntries(entries) as unknown as ResourceState;
}
