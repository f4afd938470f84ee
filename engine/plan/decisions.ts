/** What a plan has decided so far, for the decisions that depend on it. */

import type { ResourceState } from "../model/types";

export type Outcome = "read" | "create" | "same" | "update" | "replace" | "import";
const KEEPING: readonly Outcome[] = ["same", "update", "replace", "read"];

export class Decisions {
    readonly #registered = new Set<string>();
    readonly #outcomes = new Map<string, Set<Outcome>>();
    readonly #deletes = new Set<string>();
    readonly #skippedCreates = new Set<string>();
    readonly #deletedBeforeReplace = new Map<ResourceState, readonly string[]>();
    readonly #newUrns = new Map<string, string>();
    readonly #formerUrns = new Map<string, string>();
    #hasErrors = false;

    /** The URN is taken by a resource of the program. */
    recordRegistration(urn: string): void {
        this.#registered.add(urn);
    }
    isRegistered(urn: string): boolean {
        return this.#registered.has(urn);
    }

    record(outcome: Outcome, urn: string): void {
        const outcomes = this.#outcomes.get(urn) ?? new Set();
        this.#outcomes.set(urn, outcomes.add(outcome));
    }
    willReplace(urn: string): boolean {
        return this.#outcomes.get(urn)?.has("replace") === true;
    }

    recordDelete(urn: string): void {
        this.#deletes.add(urn);
    }
    /** Also asked while steps run. */
    willDelete(urn: string): boolean {
        return this.#deletes.has(urn);
    }

    /** The resource is deleted before the replacement of its dependency; `replaceKeys` force its own replacement. */
    recordDeleteBeforeReplace(state: ResourceState, replaceKeys: readonly string[]): void {
        this.#deletedBeforeReplace.set(state, replaceKeys);
    }
    isDeletedBeforeReplace(state: ResourceState): boolean {
        return this.#deletedBeforeReplace.has(state);
    }
    /** The keys that force the replacement of a resource deleted before it. */
    replaceKeysOf(urn: string): string[] {
        return [...([...this.#deletedBeforeReplace].find(([state]) => state.urn === urn)?.[1] ?? [])];
    }
    /** The program still registers a resource that was deleted before its replacement. */
    recordRecreate(oldUrn: string, urn: string): void {
        this.#deletes.delete(oldUrn);
        this.record("replace", urn);
    }

    /** The resource is new, but not among the targets. */
    recordSkippedCreate(urn: string): void {
        this.record("same", urn);
        this.#skippedCreates.add(urn);
    }
    isCreateSkipped(urn: string): boolean {
        return this.#skippedCreates.has(urn);
    }
    /** Once reported, further dependents are not reported again. */
    forgetSkippedCreate(urn: string): void {
        this.#skippedCreates.delete(urn);
    }

    /** The resource with the URN `urn` takes over the state of `formerUrn`. */
    recordRename(formerUrn: string, urn: string): void {
        this.#newUrns.set(formerUrn, urn);
        this.#formerUrns.set(urn, formerUrn);
    }
    newUrnOf(formerUrn: string): string | undefined {
        return this.#newUrns.get(formerUrn);
    }
    formerUrnOf(urn: string): string | undefined {
        return this.#formerUrns.get(urn);
    }

    /** An error that does not stop a preview but fails it. */
    recordError(): void {
        this.#hasErrors = true;
    }
    get hasErrors(): boolean {
        return this.#hasErrors;
    }

    /** The program still has the resource, possibly under another URN. */
    isKept(urn: string): boolean {
        const outcomes = this.#outcomes.get(this.newUrnOf(urn) ?? urn);
        return KEEPING.some((outcome) => outcomes?.has(outcome));
    }
    hasStep(urn: string): boolean {
        return this.#outcomes.has(urn) || this.#deletes.has(urn);
    }
    /** The outcome for an old state is known, under whatever URN. */
    isDecided(urn: string): boolean {
        return this.#newUrns.has(urn) || this.hasStep(urn);
    }
}
