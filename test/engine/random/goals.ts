/** What the SDK would register for the resources of a random program. */
import type { PropertyMap, PropertyValue } from "../../../engine/model/types";
import { providerReference, providerType, STACK_TYPE } from "../../../engine/model/urn";
import { NO_OPTIONS, type RegisterResult, type ResourceGoal } from "../../../engine/plan/goal";
import { tagOf } from "./account";
import { dataInput, GROUP, PROJECT, STACK, THING, type Declared } from "./programs";

/** How a program speaks to its provider. */
export interface Dialect {
    /** The inputs that steer the provider. */
    steering(declared: Declared): PropertyMap;
    /** The output that follows the id. */
    made: string;
}

/** The one of the account. */
export const ACCOUNT: Dialect = {
    steering: ({ slot, diffsByEngine }) => ({ slot, ...(diffsByEngine && { diffsByEngine }) }),
    made: "made",
};

type Goal = Partial<ResourceGoal> & Pick<ResourceGoal, "type" | "name" | "custom">;
const complete = (goal: Goal): ResourceGoal => ({ ...NO_OPTIONS, properties: {}, ...goal });

export const stackGoal = complete({ type: STACK_TYPE, name: `${PROJECT}-${STACK}`, custom: false });

export const providerGoal = (name: string, parent: string): ResourceGoal =>
    complete({
        ...{ type: providerType("pulumi-nodejs"), name, custom: true, parent },
        ...{ properties: { key: name }, propertyDependencies: { key: [] } },
    });

/** The slots that must be registered before. */
export const neededBy = ({ parent, dependsOn, from, seat, badge, replaceWith }: Declared): number[] => [
    ...(parent === undefined ? [] : [parent]),
    ...dependsOn,
    ...from,
    ...(seat === undefined ? [] : [seat]),
    ...(badge === undefined || badge.isLiteral ? [] : [badge.of]),
    ...replaceWith,
];

/** `registered` has the results of all slots that the resource needs; `provider` that of its explicit provider. */
export function goalOf(
    declared: Declared,
    dialect: Dialect,
    stack: string,
    registered: ReadonlyMap<number, RegisterResult>,
    provider?: RegisterResult,
): ResourceGoal {
    const { name, component, parent, seat, badge, protect, retainOnDelete, deleteBeforeReplace, aliases } = declared;
    const of = (slot: number): RegisterResult => registered.get(slot) as RegisterResult;
    const urnsOf = (slots: readonly number[]): string[] => [...new Set(slots.map((slot) => of(slot).urn))];
    const made = (slot: number): PropertyValue => of(slot).outputs[dialect.made] ?? "";
    const common = {
        name,
        parent: parent === undefined ? stack : of(parent).urn,
        aliases: aliases.map((alias) => (typeof alias === "string" ? { urn: alias } : alias)),
        ...{ protect, retainOnDelete, deleteBeforeReplace },
    };
    if (component) {
        return complete({ ...common, type: GROUP, custom: false, dependencies: urnsOf(declared.dependsOn) });
    }
    const seats = seat === undefined ? [] : [seat];
    const badges = badge === undefined || badge.isLiteral ? [] : [badge.of];
    const properties: PropertyMap = {
        ...dialect.steering(declared),
        ...{ value: declared.value, kind: declared.kind, from: declared.from.map(made) },
        ...(seat !== undefined && { seat: made(seat) }),
        ...(badge && { badge: badges.length > 0 ? (of(badge.of).outputs.tag ?? "") : tagOf(badge.of) }),
        ...(declared.data && { data: dataInput(declared.data) }),
    };
    const dependenciesOf: Record<string, number[]> = { from: declared.from, seat: seats, badge: badges };
    return complete({
        ...common,
        ...{ type: THING, custom: true, properties },
        ...(provider && { provider: providerReference(provider.urn, provider.id ?? "") }),
        replaceWith: urnsOf(declared.replaceWith),
        ignoreChanges: declared.ignoreChanges,
        replaceOnChanges: declared.replaceOnChanges,
        dependencies: urnsOf([...declared.dependsOn, ...declared.from, ...declared.replaceWith, ...seats, ...badges]),
        propertyDependencies: Object.fromEntries(
            Object.keys(properties).map((key) => [key, urnsOf(dependenciesOf[key] ?? [])]),
        ),
    });
}
