/** Random lifecycles of a stack: programs that change from one deployment to the next, and the failures in between. */
import fc from "fast-check";
import { makeUrn } from "../../../engine/model/urn";

export const STACK = "dev";
export const PROJECT = "story";
export const THING = "pulumi-nodejs:dynamic/test:Thing";
export const GROUP = "test:index:Group";
const SLOTS = 8;

/** One resource of a program. The slot identifies it, since its name may change. */
export interface Declared {
    slot: number;
    name: string;
    urn: string;
    component: boolean;
    parent?: number;
    /** Slots before it. */
    dependsOn: number[];
    /** Slots whose ids are among its inputs. */
    from: number[];
    /** A slot whose id is an input that cannot change without a replacement. */
    seat?: number;
    /** The same for another output, which no replacement changes, and which the program may know by itself. */
    badge?: { of: number; isLiteral: boolean };
    value: number;
    /** Cannot change without a replacement. */
    kind: number;
    deleteBeforeReplace: boolean;
    /** Slots whose replacement replaces it. */
    replaceWith: number[];
    protect: boolean;
    retainOnDelete: boolean;
    /** The URNs that it had before. */
    aliases: string[];
}

export interface Program {
    resources: Declared[];
    /** It throws when it has got so far. */
    breaksAt?: number;
}

/** What the account does with a call instead of what it should. */
export interface Fault {
    method: "create" | "update" | "delete";
    slot: number;
    how: "fails" | "is done in part" | "ends the provider before it is done" | "ends the provider after it is done";
}

export interface Deployment {
    operation: "up" | "refresh" | "destroy";
    program: Program;
    parallel: number;
    continueOnError: boolean;
    refresh: boolean;
    clearPendingCreates?: boolean;
    expectNoChanges?: boolean;
    faults: Fault[];
    /** The engine is killed at this moment, counted in what it does. */
    killedAt?: number;
    /** So many saves fail, from this one on. */
    unsaved?: { from: number; saves: number };
}

const bool = fc.boolean();
const slot = fc.nat(SLOTS - 1);
const slots = fc.uniqueArray(slot, { maxLength: 2 });
const seldom = <T>(arbitrary: fc.Arbitrary<T>, freq = 1, outOf = 4) =>
    fc.oneof({ weight: outOf - freq, arbitrary: fc.constant(undefined) }, { weight: freq, arbitrary });

const nature = fc.record({
    component: seldom(fc.constant(true)),
    parent: seldom(slot, 2),
    dependsOn: slots,
    from: slots,
    seat: seldom(slot, 2),
    badge: seldom(slot),
    deleteBeforeReplace: bool,
    replaceWith: seldom(slots, 1, 6),
    follows: seldom(fc.constant(true), 3),
});
const change = fc.record({
    value: fc.nat(2),
    kind: seldom(fc.nat(1)),
    renamed: seldom(bool),
    moved: seldom(slot),
    dependsOn: seldom(slots),
    from: seldom(slots),
    seat: seldom(slot),
    isLiteral: seldom(bool, 2),
    replaceWith: seldom(slots, 1, 6),
    protect: seldom(bool, 1, 12),
    retainOnDelete: seldom(bool, 1, 12),
});
const all = Array.from({ length: SLOTS }, (_, index) => index);
const program = fc.record({
    order: fc.oneof(
        { weight: 3, arbitrary: fc.subarray(all, { minLength: 1 }) },
        fc.shuffledSubarray(all, { minLength: 1 }),
    ),
    changes: fc.tuple(...all.map(() => seldom(change, 2))),
    breaksAt: seldom(slot, 1, 10),
});
const fault = fc.record({
    method: fc.constantFrom("create", "update", "delete") satisfies fc.Arbitrary<Fault["method"]>,
    slot,
    how: fc.constantFrom(
        "fails",
        "is done in part",
        "ends the provider before it is done",
        "ends the provider after it is done",
    ) satisfies fc.Arbitrary<Fault["how"]>,
});
const deployment = fc.record({
    operation: fc.oneof(
        { weight: 8, arbitrary: fc.constant("up" as const) },
        fc.constantFrom("refresh" as const, "destroy" as const),
    ),
    program,
    parallel: fc.constantFrom(1, 3, 0),
    continueOnError: bool,
    refresh: seldom(fc.constant(true), 1, 8),
    faults: seldom(fc.array(fault, { minLength: 1, maxLength: 3 }), 2),
    killedAt: seldom(fc.nat(100), 2),
    unsaved: seldom(fc.record({ from: fc.nat(30), saves: fc.constantFrom(1, 2, Infinity) }), 1, 8),
});

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;

export const lives: fc.Arbitrary<Deployment[]> = fc
    .record({
        traits: fc.array(nature, { minLength: SLOTS, maxLength: SLOTS }),
        deployments: fc.array(deployment, { minLength: 2, maxLength: 4 }),
    })
    .map(resolve);

/** Makes programs of what was drawn: references go to what comes before, and who is renamed says so. */
function resolve(drawn: Parameters<typeof resolveAll>[0]): Deployment[] {
    const deployments = resolveAll(drawn);
    return Object.assign(deployments, {
        [fc.toStringMethod]: () => deployments.map((deployment) => `\n  ${describe(deployment)}`).join(""),
    });
}

function resolveAll({
    traits,
    deployments,
}: {
    traits: Drawn<typeof nature>[];
    deployments: Drawn<typeof deployment>[];
}): Deployment[] {
    const former = all.map(() => new Set<string>());
    return deployments.map(
        ({
            program: { order, changes, breaksAt },
            continueOnError,
            refresh,
            faults,
            killedAt,
            unsaved,
            ...deployment
        }) => {
            const resources: Declared[] = [];
            for (const slot of order) {
                const own = traits[slot];
                if (own === undefined) continue;
                const changed = changes[slot];
                const find = (wanted: number | undefined): Declared | undefined =>
                    resources.find((other) => other.slot === wanted);
                const things = (wanted: readonly number[]): number[] =>
                    wanted.filter((other) => find(other)?.component === false);
                const parent = find(changed?.moved ?? own.parent);
                const component = own.component === true;
                const name = changed?.renamed === true ? `renamed${slot}` : `r${slot}`;
                const urn = makeUrn(STACK, PROJECT, parent?.urn, component ? GROUP : THING, name);
                const [seat] = things([changed?.seat ?? own.seat ?? -1]);
                const isLiteral =
                    changed?.isLiteral === true || own.badge === undefined || things([own.badge]).length === 0;
                resources.push({
                    slot,
                    name,
                    urn,
                    component,
                    ...(parent && { parent: parent.slot }),
                    dependsOn: things(changed?.dependsOn ?? own.dependsOn),
                    from: component ? [] : things(changed?.from ?? own.from),
                    ...(seat !== undefined && !component && { seat }),
                    ...(own.badge !== undefined && !component && { badge: { of: own.badge, isLiteral } }),
                    value: changed?.value ?? 0,
                    kind: changed?.kind ?? 0,
                    deleteBeforeReplace: own.deleteBeforeReplace,
                    replaceWith: component ? [] : things(changed?.replaceWith ?? own.replaceWith ?? []),
                    protect: changed?.protect === true,
                    retainOnDelete: changed?.retainOnDelete === true,
                    aliases: own.follows === true ? [...(former[slot] ?? [])].filter((other) => other !== urn) : [],
                });
                former[slot]?.add(urn);
            }
            return {
                ...deployment,
                program: { resources, ...(breaksAt !== undefined && { breaksAt }) },
                continueOnError,
                refresh: refresh === true,
                faults: faults ?? [],
                ...(killedAt !== undefined && { killedAt }),
                ...(unsaved && { unsaved }),
            };
        },
    );
}

/** A thing of its own. */
export function thing(declared: Partial<Declared> & Pick<Declared, "slot">): Declared {
    const { name = `r${declared.slot}` } = declared;
    const urn = makeUrn(STACK, PROJECT, undefined, THING, name);
    return {
        ...{ name, urn, component: false, dependsOn: [], from: [], replaceWith: [], aliases: [] },
        ...{ value: 0, kind: 0, deleteBeforeReplace: false, protect: false, retainOnDelete: false },
        ...declared,
    };
}

/** In a line. */
function describe({
    operation,
    program,
    parallel,
    continueOnError,
    refresh,
    faults,
    killedAt,
    unsaved,
}: Deployment): string {
    const resources = program.resources.map(
        ({ name, component, parent, dependsOn, from, seat, badge, replaceWith, value, kind, aliases, ...flags }) => {
            const references = Object.entries({
                parent: parent === undefined ? [] : [parent],
                dependsOn,
                from,
                replaceWith,
                seat: seat === undefined ? [] : [seat],
            }).filter(([, to]) => to.length > 0);
            const traits = [
                ...(component ? ["component"] : []),
                ...(["deleteBeforeReplace", "protect", "retainOnDelete"] as const).filter((flag) => flags[flag]),
            ];
            return [
                name,
                value,
                kind,
                ...traits,
                ...(badge ? [`badge=${badge.isLiteral ? "literally " : ""}${badge.of}`] : []),
                ...references.map(([how, to]) => `${how}=${to.join("+")}`),
                ...(aliases.length > 0 ? [`aliases=${aliases.join("+")}`] : []),
            ].join(" ");
        },
    );
    const wrong = [
        ...faults.map(({ method, slot, how }) => `${method} of ${slot} ${how}`),
        ...(killedAt === undefined ? [] : [`killed at ${killedAt}`]),
        ...(unsaved ? [`${unsaved.saves} saves fail from ${unsaved.from} on`] : []),
        ...(program.breaksAt === undefined ? [] : [`breaks at ${program.breaksAt}`]),
    ];
    const how = [
        `parallel ${parallel}`,
        ...(continueOnError ? ["continue on error"] : []),
        ...(refresh ? ["refresh"] : []),
        ...wrong,
    ];
    return `${operation} [${resources.join(", ")}] ${how.join(", ")}`;
}

export type Asked = Pick<Deployment, "operation" | "clearPendingCreates" | "expectNoChanges">;

/** A deployment of the same program in peace. */
export const undisturbed = ({ program }: Deployment, asked: Asked): Deployment => ({
    ...asked,
    program: { resources: program.resources.map((resource) => ({ ...resource, protect: false })) },
    parallel: 0,
    continueOnError: false,
    refresh: false,
    faults: [],
});
