/** What a plan has decided so far: sets of URNs, asked by the decisions that follow. */

import type { ResourceState } from "../model/types";

export class Decisions {
    /** Every URN that the program has claimed. */
    readonly claimed = new Set<string>();
    readonly reads = new Set<string>();
    readonly creates = new Set<string>();
    readonly sames = new Set<string>();
    readonly updates = new Set<string>();
    readonly replaces = new Set<string>();
    readonly imports = new Set<string>();
    /** Deleted, or about to be. The step of a deletion reads it again when it is carried out. */
    readonly deletes = new Set<string>();
    /** Left out because they are not among the targets. */
    readonly skippedCreates = new Set<string>();
    /** Deleted ahead of the replacement of what they depend on, with the keys that force their own. */
    readonly deletedBeforeReplace = new Map<ResourceState, string[]>();
    /** Old URN to the URN that took it over, and the other way round. */
    readonly takenOver = new Map<string, string>();
    readonly formerUrns = new Map<string, string>();

    /** Something was found wrong that does not stop a preview. */
    failed = false;

    /** The program still has it, maybe by another name. */
    isKept(urn: string): boolean {
        const now = this.takenOver.get(urn) ?? urn;
        return [this.sames, this.updates, this.replaces, this.reads].some((set) => set.has(now));
    }
    /** What becomes of this old state is decided, under whatever name. */
    isDecided(urn: string): boolean {
        return this.takenOver.has(urn) || this.hasStep(urn);
    }
    hasStep(urn: string): boolean {
        return [this.creates, this.sames, this.updates, this.deletes, this.replaces, this.reads, this.imports].some(
            (set) => set.has(urn),
        );
    }
    /** The keys of a resource that was deleted ahead, for the display of its replacement. */
    replaceKeysOf(urn: string): string[] {
        return [...this.deletedBeforeReplace].find(([state]) => state.urn === urn)?.[1] ?? [];
    }
}
