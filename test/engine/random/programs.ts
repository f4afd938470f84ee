/** Random lifecycles of a stack: programs that change from one deployment to the next, and the failures in between. */
import fc from "fast-check";
import type { PropertyMap } from "../../../engine/model/types";
import { makeUrn, parseUrn } from "../../../engine/model/urn";
import { makeSecret } from "../../../engine/model/values";

/** The names of the recordings. */
export const STACK = "dev";
export const PROJECT = "rec";
export const THING = "pulumi-nodejs:dynamic/recorder:Thing";
export const GROUP = "recorder:index:Group";
/** The names of the providers that programs declare. */
const PROVIDERS = ["p0", "p1"] as const;
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
    /** The names that it had before: whole URNs, or what was different in them. */
    aliases: (string | { name: string })[];
    /** The name of an explicit provider. */
    provider?: string;
    /** An input that contains lists and secrets. */
    data?: Data;
    /** Property paths. */
    ignoreChanges: string[];
    replaceOnChanges: string[];
    /** The provider leaves it to the engine to find the changes. */
    diffsByEngine: boolean;
}

export interface Data {
    list: number[];
    /** Secret as a whole, in part, or not at all. */
    secret: "whole" | "in part" | "none";
    user: number;
    /** Absent from the inputs if undefined. */
    extra?: number | undefined;
}

export interface Program {
    resources: Declared[];
    /** It throws when it has got so far. */
    breaksAt?: number;
    /** It exits with this status, after it has signaled that it is done. */
    exitsWith?: number;
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
    /** URNs. At most one of the two lists is not empty. */
    targets: string[];
    excludes: string[];
    /** The dependents of the targets, or of the excludes, are among them. */
    withDependents: boolean;
    /** URNs of resources to replace. */
    replaces: string[];
    /** Slots whose things disappeared from the account before the deployment. */
    gone: number[];
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

const paths = fc.uniqueArray(
    fc.constantFrom(
        ...["value", "kind", "from[0]", "badge", "data", "data.list", "data.list[0]", "data.list[*]", "data.login"],
        ...["data.login.user", 'data["login"].pin[1]', "data.extra", "data.none.deeper", "data.list[3]", "*", "none"],
    ),
    { minLength: 1, maxLength: 2 },
);
const data = fc.record({
    list: fc.array(fc.nat(2), { maxLength: 3 }),
    secret: fc.constantFrom("whole", "in part", "none") satisfies fc.Arbitrary<Data["secret"]>,
    user: fc.nat(2),
    extra: seldom(fc.nat(2), 2),
});

const nature = fc.record({
    component: seldom(fc.constant(true)),
    parent: seldom(slot, 2),
    dependsOn: slots,
    from: slots,
    seat: seldom(slot, 2),
    badge: seldom(slot),
    deleteBeforeReplace: bool,
    replaceWith: seldom(slots, 1, 6),
    follows: seldom(fc.constantFrom("by URN", "by name"), 3),
    provider: seldom(fc.constantFrom(...PROVIDERS)),
    data: seldom(data),
    ignoreChanges: seldom(paths, 1, 8),
    replaceOnChanges: seldom(paths, 1, 8),
    diffsByEngine: seldom(fc.constant(true)),
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
    provider: seldom(fc.constantFrom(...PROVIDERS, undefined), 1, 8),
    data: seldom(data, 2),
    ignoreChanges: seldom(paths, 1, 8),
});
export const all = Array.from({ length: SLOTS }, (_, index) => index);
const program = fc.record({
    order: fc.oneof(
        { weight: 3, arbitrary: fc.subarray(all, { minLength: 1 }) },
        fc.shuffledSubarray(all, { minLength: 1 }),
    ),
    changes: fc.tuple(...all.map(() => seldom(change, 2))),
    breaksAt: seldom(slot, 1, 10),
    exitsWith: seldom(fc.constantFrom(1, 3), 1, 20),
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
    partial: seldom(
        fc.record({
            option: fc.constantFrom("targets", "excludes"),
            slots: fc.uniqueArray(slot, { minLength: 1, maxLength: 3 }),
            byFormerName: seldom(fc.constant(true), 1, 6),
            withDependents: bool,
        }),
    ),
    replaces: seldom(slots, 1, 8),
    gone: seldom(slots, 1, 8),
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
            program: { order, changes, breaksAt, exitsWith },
            continueOnError,
            refresh,
            partial,
            replaces,
            gone,
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
                    aliases: aliasesOf(former[slot] ?? new Set(), urn, own.follows),
                    ...thingsOnly(component, {
                        provider: changed?.provider ?? own.provider,
                        data: changed?.data ?? own.data,
                    }),
                    ignoreChanges: component ? [] : (changed?.ignoreChanges ?? own.ignoreChanges ?? []),
                    replaceOnChanges: component ? [] : (own.replaceOnChanges ?? []),
                    diffsByEngine: !component && own.diffsByEngine === true,
                });
                former[slot]?.add(urn);
            }
            const urnOf = (slot: number): string[] => {
                const known = [...(former[slot] ?? [])];
                const urn =
                    partial?.byFormerName === true
                        ? known[0]
                        : (resources.find((other) => other.slot === slot)?.urn ?? known.at(-1));
                return urn === undefined ? [] : [urn];
            };
            const named = (option: "targets" | "excludes"): string[] =>
                partial?.option === option ? partial.slots.flatMap(urnOf) : [];
            return {
                ...deployment,
                program: {
                    resources,
                    ...(breaksAt !== undefined && { breaksAt }),
                    ...(exitsWith !== undefined && { exitsWith }),
                },
                continueOnError,
                refresh: refresh === true,
                targets: named("targets"),
                excludes: named("excludes"),
                withDependents: partial?.withDependents === true,
                replaces: deployment.operation === "up" ? (replaces ?? []).flatMap(urnOf) : [],
                gone: gone ?? [],
                faults: faults ?? [],
                ...(killedAt !== undefined && { killedAt }),
                ...(unsaved && { unsaved }),
            };
        },
    );
}

function aliasesOf(
    former: ReadonlySet<string>,
    urn: string,
    follows: "by URN" | "by name" | undefined,
): Declared["aliases"] {
    const others = [...former].filter((other) => other !== urn);
    if (follows === "by URN") return others;
    const names = new Set(others.map((other) => parseUrn(other).name));
    return follows === "by name" ? [...names].map((name) => ({ name })) : [];
}

const thingsOnly = (component: boolean, { provider, data }: Pick<Drawn<typeof nature>, "provider" | "data">) =>
    component ? {} : { ...(provider !== undefined && { provider }), ...(data && { data }) };

/** The names of the explicit providers that a program uses. */
export const providersOf = ({ resources }: Program): string[] =>
    PROVIDERS.filter((name) => resources.some(({ provider }) => provider === name));

/** The input that the data describes, with sorted keys. */
export function dataInput({ list, secret, user, extra }: Data): PropertyMap {
    const pin = [user, secret === "in part" ? makeSecret(user + 1) : user + 1];
    const login = { pin, user };
    return { ...(extra !== undefined && { extra }), list, login: secret === "whole" ? makeSecret(login) : login };
}

/** A thing of its own. */
export function thing(declared: Partial<Declared> & Pick<Declared, "slot">): Declared {
    const { name = `r${declared.slot}` } = declared;
    const urn = makeUrn(STACK, PROJECT, undefined, THING, name);
    return {
        ...{ name, urn, component: false, dependsOn: [], from: [], replaceWith: [], aliases: [] },
        ...{ ignoreChanges: [], replaceOnChanges: [], diffsByEngine: false },
        ...{ value: 0, kind: 0, deleteBeforeReplace: false, protect: false, retainOnDelete: false },
        ...declared,
    };
}

/** In a line. */
function describe({ operation, program, parallel, faults, killedAt, unsaved, ...options }: Deployment): string {
    const wrong = [
        ...faults.map(({ method, slot, how }) => `${method} of ${slot} ${how}`),
        ...(killedAt === undefined ? [] : [`killed at ${killedAt}`]),
        ...(unsaved ? [`${unsaved.saves} saves fail from ${unsaved.from} on`] : []),
        ...(program.breaksAt === undefined ? [] : [`breaks at ${program.breaksAt}`]),
        ...(program.exitsWith === undefined ? [] : [`exits with ${program.exitsWith}`]),
    ];
    const how = [`parallel ${parallel}`, ...settings(options), ...wrong];
    return `${operation} [${program.resources.map(describeResource).join(", ")}] ${how.join(", ")}`;
}

function describeResource({ name, urn: _urn, value, kind, badge, ...traits }: Declared): string {
    const of = badge && [`badge=${badge.isLiteral ? "literally " : ""}${badge.of}`];
    return [name, value, kind, ...(of ?? []), ...settings(traits)].join(" ");
}

/** What is set, as `key` or `key=value`. */
const settings = (all: object): string[] =>
    Object.entries(all)
        .filter(([, value]) => value !== undefined && value !== false && JSON.stringify(value) !== "[]")
        .map(([key, value]) => (value === true ? key : `${key}=${JSON.stringify(value)}`));

export type Asked = Pick<Deployment, "operation" | "clearPendingCreates" | "expectNoChanges">;

/** A deployment without options and failures. */
export const PLAIN = {
    ...{ parallel: 0, continueOnError: false, refresh: false },
    ...{ targets: [], excludes: [], withDependents: false, replaces: [], gone: [], faults: [] },
} satisfies Partial<Deployment>;

/** A deployment of the same program in peace. */
export const undisturbed = ({ program }: Deployment, asked: Asked): Deployment => ({
    ...PLAIN,
    ...asked,
    program: {
        resources: program.resources.map((resource) => ({ ...resource, protect: false, ignoreChanges: [] })),
    },
});
