/** References in the state to resources that were renamed, or that a refresh did not find. */
import { expect, test } from "vitest";
import { Journal } from "../../engine/execute/journal";
import type { ResourceState, Snapshot } from "../../engine/model/types";
import { renamedUrns, renameReferences } from "../../engine/model/urnReferences";
import { makeUrn, STACK_TYPE } from "../../engine/model/urn";
import { afterRefresh, planRefreshes } from "../../engine/plan/refreshes";
import { Targets } from "../../engine/plan/targets/targets";

const STACK = makeUrn("dev", "p", undefined, STACK_TYPE, "p-dev");
const urn = (name: string, type = "t:index:T", parent?: string): string => makeUrn("dev", "p", parent, type, name);
const state = (of: string, more: Partial<ResourceState> = {}): ResourceState => ({
    ...{ urn: of, type: "t:index:T", custom: true, id: of },
    ...more,
});
const update = (states: ResourceState[]): ResourceState[] => {
    const renamed = renamedUrns(states);
    return states.map((each) => renameReferences(each, renamed));
};

test("the replaced half of a renamed resource waits for its deletion under the new name", () => {
    const [, waiting] = update([state(urn("new"), { aliases: [urn("old")] }), state(urn("old"), { delete: true })]);
    expect(waiting?.urn).toBe(urn("new"));
});

test("a child that is not registered yet follows the new type of its parent", () => {
    const [before, after] = [urn("g", "t:index:Old"), urn("g", "t:index:New")];
    const parent = state(after, { aliases: [before] });
    const child = state(urn("c", "t:index:T", before), { parent: before });
    const dependent = state(urn("d"), { dependencies: [child.urn] });
    const moved = urn("c", "t:index:T", after);
    expect(update([parent, child, dependent])).toMatchObject([
        {},
        { urn: moved, parent: after },
        { dependencies: [moved] },
    ]);
    const unrelated = state(urn("e"), { parent: STACK });
    expect(update([parent, unrelated])[1]?.urn).toBe(unrelated.urn);
});

test("a child of a renamed parent keeps its URN if another resource has the new one", () => {
    const [before, after] = [urn("g", "t:index:Old"), urn("g", "t:index:New")];
    const parent = state(after, { aliases: [before] });
    const child = state(urn("c", "t:index:T", before), { parent: before });
    const earlier = state(urn("c", "t:index:T", after), { parent: urn("other", "t:index:New") });
    const updated = update([parent, child, earlier]);
    expect(updated.map((each) => each.urn)).toEqual([after, child.urn, earlier.urn]);
    expect(updated[1]?.parent).toBe(after);
});

test("properties without dependencies are omitted only where a dependency was renamed", () => {
    const renamed = state(urn("new"), { aliases: [urn("old")] });
    const [, affected, other] = update([
        renamed,
        state(urn("a"), { propertyDependencies: { from: [urn("old")], value: [] } }),
        state(urn("b"), { dependencies: [urn("old")], propertyDependencies: { value: [] } }),
    ]);
    expect(affected?.propertyDependencies).toEqual({ from: [urn("new")] });
    expect(other).toMatchObject({ dependencies: [urn("new")], propertyDependencies: { value: [] } });
});

test("a child whose parent no longer exists has no parent after a refresh", () => {
    const [grandparent, parent, child] = [
        state(urn("g")),
        state(urn("p"), { parent: urn("g") }),
        state(urn("c"), { parent: urn("p"), dependencies: [urn("p"), urn("g")] }),
    ];
    const options = { targets: [], excludes: [], replace: [], targetDependents: false, excludeDependents: false };
    const targets = new Targets({
        ...options,
        ...{ parallel: 1, refresh: false, continueOnError: false, excludeProtected: false, clearPendingCreates: false },
    });
    const steps = planRefreshes([grandparent, parent, child], targets);
    for (const step of steps) if (step.old === parent) step.new = undefined;
    const refreshed = afterRefresh([grandparent, parent, child], steps).at(-1);
    expect(refreshed).toMatchObject({ urn: child.urn, dependencies: [urn("g")] });
    expect(refreshed).not.toHaveProperty("parent");
});

test("a resource that takes no part stays behind what it depends on, while that is still being updated", async () => {
    const saved: Snapshot[] = [];
    const store = { save: (snapshot: Snapshot) => Promise.resolve(void saved.push(snapshot)) };
    const needed = state(urn("needed"));
    const kept = state(urn("kept"), { dependencies: [needed.urn] });
    const journal = new Journal([needed, kept], [], store);
    await journal.end(undefined, { removed: kept, added: { ...kept }, isKept: true });
    const updated = { ...needed, inputs: { version: "2" } };
    await journal.end(undefined, { removed: needed, added: updated });
    for (const { resources } of saved) expect(resources.map((each) => each.urn)).toEqual([needed.urn, kept.urn]);
    expect(saved).toHaveLength(2);
});
