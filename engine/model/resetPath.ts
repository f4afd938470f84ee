/** Resets the part of new inputs that a property path names to its old value, as `ignoreChanges` requires. */

import type { PropertyPath } from "./propertyPath";
import type { PropertyMap, PropertyValue } from "./types";
import { isMap, isPlainMap, isSecret, makeSecret } from "./values";

/** `complete` is false if some of what the path names cannot be reset, because it exists on one side only. */
interface Reset<Value = PropertyValue> {
    value: Value;
    complete: boolean;
}
type Old = PropertyValue | undefined;
/** Copies an old value. A value from inside a secret becomes a secret. */
type Take = (value: PropertyValue) => PropertyValue;

/** Resets as much as possible: no container is created, and lists keep their length. */
export function resetPath(path: PropertyPath, olds: PropertyMap, news: PropertyMap): Reset<PropertyMap> {
    const { value, complete } = resetBelow(path, olds, news, (taken) => taken);
    return { value: isMap(value) ? value : news, complete };
}

/** Looks inside secrets on both sides. A secret on the new side stays one. */
function resetBelow(path: PropertyPath, old: Old, current: PropertyValue, take: Take): Reset {
    if (isMap(old) && isSecret(old)) return resetBelow(path, old.value, current, makeSecret);
    if (isMap(current) && isSecret(current)) {
        const { value, complete } = resetBelow(path, old, current.value ?? null, take);
        return { value: makeSecret(value), complete };
    }
    const [part, ...rest] = path;
    if (part === undefined) return { value: current, complete: false };
    return part === "*" ? resetAll(rest, old, current, take) : resetPart(part, rest, old, current, take);
}

const resetPart = (part: string | number, rest: PropertyPath, old: Old, current: PropertyValue, take: Take): Reset =>
    typeof part === "number"
        ? resetElement(part, rest, old, current, take)
        : resetProperty(part, rest, old, current, take);

function resetProperty(key: string, rest: PropertyPath, old: Old, current: PropertyValue, take: Take): Reset {
    const before = isPlainMap(old) && Object.hasOwn(old, key) ? old[key] : undefined;
    const isLeaf = rest.length === 0;
    if (!isPlainMap(current)) {
        // Nothing to reset, unless the old value has to be put there.
        return { value: current, complete: isLeaf ? before === undefined : !isPlainMap(old) };
    }
    if (isLeaf) {
        if (before !== undefined) return { value: { ...current, [key]: take(before) }, complete: true };
        const { [key]: _, ...others } = current;
        return { value: others, complete: true };
    }
    const now = Object.hasOwn(current, key) ? current[key] : undefined;
    if (!isPlainMap(old)) return { value: current, complete: false };
    if (now === undefined) return { value: current, complete: before === undefined };
    const { value, complete } = resetBelow(rest, before, now, take);
    return { value: { ...current, [key]: value }, complete };
}

function resetElement(index: number, rest: PropertyPath, old: Old, current: PropertyValue, take: Take): Reset {
    const unchanged = (complete: boolean): Reset => ({ value: current, complete });
    if (index < 0) return unchanged(false);
    if (!Array.isArray(old) || !Array.isArray(current)) {
        return unchanged(!Array.isArray(old) && !Array.isArray(current));
    }
    const isLeaf = rest.length === 0;
    const [before, now] = [old[index], current[index]];
    if (before === undefined || now === undefined) return unchanged(isLeaf && before === now);
    const { value, complete } = isLeaf ? { value: take(before), complete: true } : resetBelow(rest, before, now, take);
    return { value: current.with(index, value), complete };
}

/** Resets everything that a wildcard matches, up to the first part that cannot be reset. */
function resetAll(rest: PropertyPath, old: Old, current: PropertyValue, take: Take): Reset {
    const parts = partsOf(old, current, rest.length === 0);
    if (parts === undefined) return { value: current, complete: false };
    let value = current;
    for (const part of parts) {
        const reset = resetPart(part, rest, old, value, take);
        if (!reset.complete) return reset;
        value = reset.value;
    }
    const sameLength = !Array.isArray(old) || !Array.isArray(current) || old.length === current.length;
    return { value, complete: sameLength };
}

/** What a wildcard matches. Undefined if the values have no parts in common. */
function partsOf(old: Old, current: PropertyValue, isLeaf: boolean): PropertyPath | undefined {
    if (isPlainMap(old) && isPlainMap(current)) {
        // A leaf is also removed where only the new side has it. Inside a property that is new, nothing is reset.
        return isLeaf ? [...new Set([...Object.keys(old), ...Object.keys(current)])] : Object.keys(old);
    }
    if (Array.isArray(old) && Array.isArray(current)) return [...old.keys()];
    return isLeaf && (isPlainMap(current) || Array.isArray(current)) ? [] : undefined;
}
