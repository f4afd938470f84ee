/** The inputs of a step that are worth showing: all except the defaults that the provider fills in. */
import type { ResourceStep } from "../model/events";
import type { PropertyMap, PropertyValue } from "../model/types";
import { parseUrn } from "../model/urn";
import { isPlainMap, sameValue } from "../model/values";
import { shownKeys } from "./values";

/** The inputs before and after the step. Without the program's own inputs, defaults cannot be recognized. */
export function shownInputs(step: ResourceStep): { before: PropertyMap; after: PropertyMap } {
    const before = step.operation === "create" ? {} : (step.old?.inputs ?? {});
    const after = step.new?.inputs ?? {};
    const { declared } = step;
    if (declared === undefined) return { before, after };
    // A name that the provider generates starts with the resource's name, so it is not a default.
    const { name } = parseUrn(step.urn);
    const generated = Object.entries(after).filter(([, value]) => typeof value === "string" && value.startsWith(name));
    const wanted = { ...Object.fromEntries(generated), ...declared };
    return {
        before: stripMap(before, after, wanted, false),
        after: stripMap(after, before, wanted, true),
    };
}

/** Lists the inputs that differ: `[diff: +added-removed~changed]`; empty if none does. */
export function diffSummary(step: ResourceStep): string {
    if (step.old === undefined || step.new === undefined || step.operation === "same") {
        return "";
    }
    const { before, after } = shownInputs(step);
    const keys = shownKeys({ ...before, ...after }).filter((key) => !sameValue(before[key], after[key]));
    const listKeys = (sign: string, matches: (key: string) => boolean): string =>
        keys.some(matches) ? sign + keys.filter(matches).join(",") : "";
    const changes =
        listKeys("+", (key) => !(key in before)) +
        listKeys("-", (key) => !(key in after)) +
        listKeys("~", (key) => key in before && key in after);
    return changes && `[diff: ${changes}]`;
}

/** Removes what the program does not set, and what does not differ from the other side. */
function stripMap(map: PropertyMap, other: PropertyMap, declared: PropertyMap, isNew: boolean): PropertyMap {
    const isDefault = (key: string): boolean =>
        declared[key] === undefined && (sameValue(map[key], other[key]) || (isNew && other[key] === undefined));
    return Object.fromEntries(
        Object.entries(map)
            .filter(([key]) => !isDefault(key))
            .map(([key, value]) => [key, strip(value, other[key], declared[key], isNew)]),
    );
}

function strip(
    value: PropertyValue,
    other: PropertyValue | undefined,
    declared: PropertyValue | undefined,
    isNew: boolean,
): PropertyValue {
    if (Array.isArray(value)) {
        return value.map((item, index) => {
            const [otherItem, declaredItem] = [itemOf(other, index), itemOf(declared, index)];
            // An item keeps its place in the list, so an unchanged one stays whole.
            const isUnchanged = declaredItem === undefined && sameValue(item, otherItem);
            return isUnchanged ? item : strip(item, otherItem, declaredItem, isNew);
        });
    }
    if (!isPlainMap(value)) return value;
    return stripMap(value, isPlainMap(other) ? other : {}, isPlainMap(declared) ? declared : {}, isNew);
}

const itemOf = (value: PropertyValue | undefined, index: number): PropertyValue | undefined =>
    Array.isArray(value) ? value[index] : undefined;
