/** The rules of an intact state, the check of what changed, and the repair, on resources in memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ResourceState } from "../../engine/model/types";
import { makeUrn } from "../../engine/model/urn";
import { findDefects } from "../../engine/state/integrity";
import { IntegrityCheck } from "../../engine/state/integrityCheck";
import { repairStates } from "../../engine/state/repair";
import { recordedSteps, scenarioNames, scenarioSteps } from "./replay/recording";

const TYPE = "test:index:Thing";
const PROVIDER = "pulumi:providers:test";
const urnOf = (name: string): string => `urn:pulumi:dev::shop::${TYPE}::${name}`;
const PROVIDER_URN = `urn:pulumi:dev::shop::${PROVIDER}::default`;
const provider: ResourceState = { urn: PROVIDER_URN, type: PROVIDER, custom: true, id: "p" };
const thing = (name: string, rest: Partial<ResourceState> = {}): ResourceState => ({
    ...{ urn: urnOf(name), type: TYPE, custom: true, id: name },
    ...rest,
});
const needing = (name: string, ...others: string[]): ResourceState => thing(name, { dependencies: others.map(urnOf) });

describe("a state", () => {
    test("of every recording is intact", () => {
        let count = 0;
        for (const name of scenarioNames) {
            const steps = scenarioSteps(name);
            for (const [index, { resources }] of recordedSteps(name).entries()) {
                const recorded = resources as unknown as ResourceState[];
                // The resources of these are recorded in the order of their names.
                const states = steps[index]?.unordered === true ? repairStates(recorded).resources : recorded;
                expect(repairStates(recorded).changes).toEqual([]);
                expect(findDefects(states), name).toEqual([]);
                count++;
            }
        }
        expect(count).toBeGreaterThan(200);
    });

    test("is intact if replaced resources pending deletion have the URN of others", () => {
        const old = { ...thing("a"), delete: true };
        expect(findDefects([thing("a"), old, old, needing("b", "a")])).toEqual([]);
        // Its provider has been replaced already.
        expect(findDefects([thing("a", { provider: `${PROVIDER_URN}::old`, pendingReplacement: true })])).toEqual([]);
    });

    const [a, b] = [urnOf("a"), urnOf("b")];
    test.each<[string, ResourceState[], string[]]>([
        ["twice the same URN", [thing("a"), thing("a")], [`${a} is in the state more than once`]],
        ["a missing dependency", [needing("b", "a")], [`${b} depends on ${a}, which is not in the state`]],
        ["a dependency after it", [needing("b", "a"), thing("a")], [`${b} depends on ${a}, which comes after it`]],
        [
            "a missing property dependency",
            [thing("b", { propertyDependencies: { from: [a], none: null } })],
            [`${b} depends on ${a}, which is not in the state`],
        ],
        ["a missing parent", [thing("b", { parent: a })], [`${b} is a child of ${a}, which is not in the state`]],
        ["deletedWith", [thing("b", { deletedWith: a })], [`${b} is deleted with ${a}, which is not in the state`]],
        ["replaceWith", [thing("b", { replaceWith: [a] })], [`${b} is replaced with ${a}, which is not in the state`]],
        [
            "a provider after it",
            [thing("b", { provider: `${PROVIDER_URN}::p` }), provider],
            [`${b} has the provider ${PROVIDER_URN}::p, which comes after it`],
        ],
        [
            "a missing provider",
            [thing("b", { provider: `${PROVIDER_URN}::p` })],
            [`${b} has the provider ${PROVIDER_URN}::p, which is not in the state`],
        ],
        ["no URN", [thing("a"), { ...thing("b"), urn: "" }], ["the resource at position 2 has no URN"]],
        ["no type", [{ ...thing("a"), type: "" }], [`${a} has no type`]],
        ["a component with an id", [{ ...thing("a"), custom: false }], [`${a} has an id, although it is a component`]],
    ])("is damaged by %s", (_, states, defects) => {
        expect(findDefects(states)).toEqual(defects);
        expect(new IntegrityCheck().findDefects(states)).toEqual(defects);
    });
});

test("the check of what changed finds what the check of all resources finds", () => {
    const names = fc.constantFrom("a", "b", "c", "d");
    const state = fc
        .record({
            name: names,
            needs: fc.array(names, { maxLength: 2 }),
            marks: fc.constantFrom({}, {}, { delete: true }),
        })
        .map(({ name, needs, marks }) => ({ ...needing(name, ...needs), ...marks }));
    const ofProvider = fc.constantFrom(
        provider,
        thing("e", { provider: `${PROVIDER_URN}::p` }),
        thing("e", { provider: `${PROVIDER_URN}::p`, pendingReplacement: true }),
    );
    const edit = fc.record({
        at: fc.nat(9),
        remove: fc.nat(2),
        add: fc.array(fc.oneof(state, ofProvider), { maxLength: 3 }),
    });
    const outcomes = { intact: 0, damaged: 0 };
    fc.assert(
        fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
            const check = new IntegrityCheck();
            let states: ResourceState[] = [];
            for (const { at, remove, add } of edits) {
                const next = states.toSpliced(at, remove, ...add);
                const defects = findDefects(next);
                expect(check.findDefects(next)).toEqual(defects);
                outcomes[defects.length > 0 ? "damaged" : "intact"]++;
                // As in a deployment, most states follow on an intact one.
                if (defects.length === 0 || at === 0) states = next;
                else expect(check.findDefects(states)).toEqual(findDefects(states));
            }
        }),
        { numRuns: 500 },
    );
    expect(Math.min(outcomes.intact, outcomes.damaged)).toBeGreaterThan(300);
});

describe("a repair", () => {
    test("changes nothing in an intact state", () => {
        const states = [provider, thing("a"), { ...thing("a"), delete: true }, needing("b", "a")];
        const { resources, ...found } = repairStates(states);
        expect(found).toEqual({ moved: [], changes: [], remaining: [] });
        expect(resources.every((state, index) => state === states[index])).toBe(true);
    });

    test("moves resources before those that refer to them", () => {
        const ofProvider = thing("e", { provider: `${PROVIDER_URN}::p` });
        const states = [needing("c", "b"), ofProvider, needing("b", "a"), thing("a"), thing("d"), provider];
        const { resources, moved, changes, remaining } = repairStates(states);
        expect(resources).toEqual([thing("a"), needing("b", "a"), needing("c", "b"), provider, ofProvider, thing("d")]);
        expect(moved).toEqual([thing("a"), needing("b", "a"), provider]);
        expect({ changes, remaining }).toEqual({ changes: [], remaining: [] });
    });

    test("keeps what is pending deletion with the old resource, and everything else with the new one", () => {
        const old = { ...thing("a", { id: "old" }), delete: true };
        const oldB = { ...needing("b", "a"), delete: true };
        const { resources } = repairStates([oldB, needing("c", "a"), old, thing("a")]);
        expect(resources).toEqual([old, oldB, thing("a"), needing("c", "a")]);
    });

    test("removes dangling references of all kinds, and keeps the others", () => {
        const [a, x] = [urnOf("a"), urnOf("x")];
        const damaged = thing("b", {
            ...{
                dependencies: [x, a],
                propertyDependencies: { one: [x], two: [a, x] },
                deletedWith: x,
                replaceWith: [x],
            },
        });
        const { resources, changes, remaining } = repairStates([thing("a"), damaged]);
        expect(resources[1]).toEqual(thing("b", { dependencies: [a], propertyDependencies: { two: [a] } }));
        expect(changes.map(({ removed }) => removed.map(({ kind }) => kind))).toEqual([
            ["dependency", "propertyDependency", "propertyDependency", "deletedWith", "replaceWith"],
        ]);
        expect(remaining).toEqual([]);
    });

    test("renames a resource whose parent is missing, its children, and references to them", () => {
        const missing = urnOf("x");
        const below = (parent: string | undefined, type: string, name: string): string =>
            makeUrn("dev", "shop", parent, type, name);
        const parent = { ...thing("b", { parent: missing }), urn: below(missing, TYPE, "b") };
        const child = { ...thing("c", { parent: parent.urn }), urn: below(parent.urn, TYPE, "c") };
        const own = { ...provider, parent: parent.urn, urn: below(parent.urn, PROVIDER, "default") };
        const user = thing("d", { provider: `${own.urn}::p`, dependencies: [child.urn], deletedWith: parent.urn });
        const { resources, changes, remaining } = repairStates([parent, child, own, user]);
        const urns = [urnOf("b"), below(urnOf("b"), TYPE, "c"), below(urnOf("b"), PROVIDER, "default"), urnOf("d")];
        expect(resources.map(({ urn }) => urn)).toEqual(urns);
        expect(resources.map((state) => state.parent)).toEqual([undefined, urns[0], urns[0], undefined]);
        expect(resources[3]).toMatchObject({
            ...{ provider: `${urns[2]}::p`, dependencies: [urns[1]], deletedWith: urns[0] },
        });
        expect(changes.map(({ urn }) => urn)).toEqual(urns.slice(0, 3));
        expect(remaining).toEqual([]);
    });

    test.each<[string, ResourceState[], RegExp]>([
        ["a URN that occurs twice", [thing("a"), thing("a")], /::a is in the state more than once$/],
        [
            "a missing provider",
            [thing("a", { provider: `${PROVIDER_URN}::p` })],
            /has the provider .*not in the state$/,
        ],
        [
            "a cycle",
            [needing("a", "b"), needing("b", "a")],
            /::a depends on itself, directly or through other resources$/,
        ],
        ["a missing URN", [{ ...thing("a"), urn: "" }], /^the resource at position 1 has no URN$/],
    ])("cannot remove %s", (_, states, remaining) => {
        expect(repairStates(states).remaining).toEqual([expect.stringMatching(remaining)]);
    });

    test("sorts a long chain", () => {
        const names = Array.from({ length: 12_000 }, (__, index) => `t${index}`);
        const chain = names.map((name, index) => needing(name, ...names.slice(index + 1, index + 2)));
        expect(findDefects(repairStates(chain).resources)).toEqual([]);
    });
});
