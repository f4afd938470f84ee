/** Property paths as in `ignoreChanges` and `replaceOnChanges`: `a.b[0]["c.d"]`, with `*` as a wildcard. */

import type { PropertyMap, PropertyValue } from "./types";
import { isMap, isPlainMap } from "./values";

export type PropertyPath = (string | number)[];

/** Undefined if the text is not a path. */
export function parsePath(text: string): PropertyPath | undefined {
    const path: PropertyPath = [];
    const part = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]/gy;
    while (part.lastIndex < text.length) {
        const match = part.exec(text);
        if (match === null) return undefined;
        const [, name, index, quoted] = match;
        if (name !== undefined) path.push(name);
        else if (index !== undefined) path.push(index === "*" ? "*" : Number(index));
        else path.push((quoted ?? "").replace(/\\(.)/g, "$1"));
    }
    return path;
}

/** Whether `path` is a prefix of `other`. */
export const includesPath = (path: PropertyPath, other: PropertyPath): boolean =>
    path.length <= other.length && path.every((part, index) => part === "*" || part === other[index]);

const get = (value: PropertyValue | undefined, key: string | number): PropertyValue | undefined => {
    if (typeof key === "number") return Array.isArray(value) ? value[key] : undefined;
    return isPlainMap(value) ? value[key] : undefined;
};

/**
 * `news` with the value that `olds` has at `path`, or without the value if `olds` has none. Undefined if that is impossible,
 * because a list element or a parent of the path exists on only one side.
 */
export function resetPath(path: PropertyPath, olds: PropertyMap, news: PropertyMap): PropertyMap | undefined {
    const reset = (
        old: PropertyValue | undefined,
        current: PropertyValue | undefined,
        at: number,
    ): PropertyValue | undefined | Impossible => {
        const part = path[at];
        if (part === undefined) return old;
        if (part === "*") {
            if (Array.isArray(old) && Array.isArray(current)) {
                return old.length === current.length
                    ? collect(current, (_, index) => reset(old[index], current[index], at + 1))
                    : IMPOSSIBLE;
            }
            if (!isPlainMap(old) || !isPlainMap(current)) return IMPOSSIBLE;
            const keys = at + 1 === path.length ? [...Object.keys(old), ...Object.keys(current)] : Object.keys(current);
            return keys.reduce<PropertyValue | Impossible>(
                (map, key) => assign(map, key, reset(old[key], current[key], at + 1)),
                current,
            );
        }
        if (typeof part === "number") {
            const inside = Array.isArray(old) && Array.isArray(current) && part < old.length && part < current.length;
            return inside
                ? collect(current, (item, index) => (index === part ? reset(old[part], item, at + 1) : item))
                : IMPOSSIBLE;
        }
        const last = at + 1 === path.length;
        if (last && old === undefined && current === undefined) return undefined;
        if (last && !isPlainMap(old)) {
            return old === undefined && isPlainMap(current) ? assign(current, part, undefined) : IMPOSSIBLE;
        }
        if (!isPlainMap(current)) return IMPOSSIBLE;
        const below = reset(get(old, part), get(current, part), at + 1);
        return assign(current, part, below);
    };
    const result = reset(olds, news, 0);
    return result === IMPOSSIBLE || !isMap(result) ? undefined : result;
}

const IMPOSSIBLE = Symbol("impossible");
type Impossible = typeof IMPOSSIBLE;

function assign(
    map: PropertyValue | Impossible,
    key: string,
    value: PropertyValue | undefined | Impossible,
): PropertyValue | Impossible {
    if (map === IMPOSSIBLE || value === IMPOSSIBLE || !isMap(map)) return IMPOSSIBLE;
    if (value !== undefined) return { ...map, [key]: value };
    return Object.fromEntries(Object.entries(map).filter(([other]) => other !== key));
}
function collect(
    items: PropertyValue[],
    change: (item: PropertyValue, index: number) => PropertyValue | undefined | Impossible,
): PropertyValue[] | Impossible {
    const changed: PropertyValue[] = [];
    for (const [index, item] of items.entries()) {
        const value = change(item, index);
        if (value === IMPOSSIBLE) return IMPOSSIBLE;
        changed.push(value ?? null);
    }
    return changed;
}
