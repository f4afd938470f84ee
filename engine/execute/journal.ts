/**
 * The state as a deployment changes it. Every step is saved before its provider call, as a pending operation, and after
 * it; changes that are due at the same time share one save.
 */

import { inDependencyOrder } from "../model/dependencyOrder";
import { allDependenciesOf } from "../model/graph";
import type { SnapshotStore } from "../model/request";
import type { PendingOperation, PendingOperationType, ResourceState, Snapshot } from "../model/types";
import { renamedUrns, renameReferences } from "../model/urnReferences";

export class Journal {
    readonly #store: SnapshotStore | undefined;
    #base: readonly ResourceState[];
    readonly #added: ResourceState[] = [];
    readonly #removed = new Set<ResourceState>();
    readonly #pending = new Map<ResourceState, PendingOperationType>();
    readonly #inherited: readonly PendingOperation[];
    readonly #copies = new WeakMap<ResourceState, ResourceState>();
    #saving: Promise<void> = Promise.resolve();
    #queued: Promise<void> | undefined;
    #hasChanges = false;
    #hasSaved = false;
    #hasKept = false;

    /** A preview has no store. */
    constructor(
        resources: readonly ResourceState[],
        pendingOperations: readonly PendingOperation[],
        store: SnapshotStore | undefined,
    ) {
        this.#store = store;
        this.#base = resources;
        // An interrupted creation may have left a resource behind, so it stays pending until the user clears it.
        this.#inherited = pendingOperations.filter((operation) => operation.type === "creating");
    }

    /** Starts from the refreshed state instead. */
    resetBase(resources: readonly ResourceState[]): void {
        this.#base = resources;
    }

    /** Resolves when the pending operation is on disk. */
    begin(state: ResourceState, type: PendingOperationType): Promise<void> {
        this.#pending.set(state, type);
        return this.save().catch((error: unknown) => {
            this.#pending.delete(state);
            throw error;
        });
    }

    /** The outcome of the operation is unknown, so it stays pending, with what is known of it. */
    leavePending(): Promise<void> {
        return this.save();
    }

    /** The operation has ended. Resolves when the change is on disk, or at once if it may be saved later. */
    end(
        operation: ResourceState | undefined,
        change: {
            removed?: ResourceState | undefined;
            added?: ResourceState | undefined;
            /** The resource takes no part in the deployment, so it may be recorded before what it depends on. */
            isKept?: boolean | undefined;
            saveLater?: boolean;
        },
    ): Promise<void> {
        if (operation !== undefined) this.#pending.delete(operation);
        if (change.removed !== undefined) this.#removed.add(change.removed);
        if (change.added !== undefined) this.#added.push(change.added);
        if (change.isKept === true) this.#hasKept = true;
        this.#hasChanges = true;
        return change.saveLater === true ? Promise.resolve() : this.save();
    }

    /** Call when a state was modified in place. */
    touch(...states: (ResourceState | undefined)[]): void {
        for (const state of states) if (state !== undefined) this.#copies.delete(state);
        this.#hasChanges = true;
    }

    /** Saves outstanding changes. A deployment always saves the state at least once. */
    async close(): Promise<void> {
        if (this.#hasChanges || !this.#hasSaved) await this.save();
        await this.#saving;
    }

    resources(): ResourceState[] {
        return [...this.#added, ...this.#base].filter((state) => !this.#removed.has(state));
    }

    /** Joins the next save: all changes that arrive during a save share the one after it. */
    save(): Promise<void> {
        const store = this.#store;
        if (store === undefined) return Promise.resolve();
        this.#queued ??= this.#saving
            .catch(() => undefined)
            .then(() => {
                this.#queued = undefined;
                this.#hasChanges = false;
                this.#hasSaved = true;
                this.#saving = store.save(this.#snapshot());
                return this.#saving;
            });
        return this.#queued;
    }

    #snapshot(): Snapshot {
        const resources = this.resources();
        const renamed = renamedUrns(resources);
        const pending = [...this.#pending].map(([resource, type]) => ({
            resource: this.#snapshotCopy(resource, renamed),
            type,
        }));
        const copies = resources.map((state) => this.#snapshotCopy(state, renamed));
        const { sorted, cycle } = this.#hasKept ? inDependencyOrder(copies) : { sorted: copies };
        return {
            resources: cycle === undefined ? sorted : copies,
            pendingOperations: [...pending, ...this.#inherited],
        };
    }

    /** A copy in the form of the state file; the same object until the state changes. */
    #snapshotCopy(state: ResourceState, renamed: ReadonlyMap<string, string>): ResourceState {
        const isAffected = renamed.size > 0 && [state.urn, ...allDependenciesOf(state)].some((urn) => renamed.has(urn));
        if (isAffected) return withoutEmpty(renameReferences(state, renamed));
        let copy = this.#copies.get(state);
        if (copy === undefined) {
            copy = withoutEmpty(state);
            this.#copies.set(state, copy);
        }
        return copy;
    }
}

/** Like Pulumi's state, omits empty values, and aliases, which are resolved by now. */
function withoutEmpty(state: ResourceState): ResourceState {
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
