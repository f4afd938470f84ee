/** Formats property values as Pulumi does. Secrets are never shown. */
import {
    ARCHIVE,
    ASSET,
    RESOURCE_REFERENCE,
    SECRET,
    SIGNATURE,
    UNKNOWN,
    type PropertyMap,
    type PropertyValue,
} from "../model/types";
import { isMap, isPlainMap } from "../model/values";

export const INDENT = "    ";

/** Marks a property as added, removed or changed. */
export type Sign = "+" | "-" | "~" | "";

/** The beginning of a property's line; the sign takes the place of the last two spaces. */
export const withSign = (indent: string, sign: Sign): string =>
    sign === "" ? indent : `${indent.slice(0, -2)}${sign} `;

/** Formats each property of `map` on its own lines. */
export function formatMap(map: PropertyMap, indent: string, sign: Sign = ""): string[] {
    const keys = shownKeys(map);
    const width = widthOf(keys);
    return keys.flatMap((key) =>
        labelled(`${withSign(indent, sign)}${key.padEnd(width)}: `, formatValue(map[key] ?? null, indent, sign)),
    );
}

/** The first line is not indented, because it follows a label. */
export function formatValue(value: PropertyValue, indent: string, sign: Sign = ""): string[] {
    const inner = indent + INDENT;
    if (Array.isArray(value)) {
        const items = value.flatMap((item, index) =>
            labelled(`${withSign(inner, sign)}[${index}]: `, formatValue(item, inner, sign)),
        );
        return value.length === 0 ? ["[]"] : ["[", ...items, `${indent}]`];
    }
    if (!isMap(value)) {
        return [formatScalar(value)];
    }
    if (!isPlainMap(value)) {
        return [formatSpecial(value)];
    }
    return Object.keys(value).length === 0 ? ["{}"] : ["{", ...formatMap(value, inner, sign), `${indent}}`];
}

export function labelled(label: string, [first = "", ...rest]: string[]): string[] {
    return [label + first, ...rest];
}

function formatScalar(value: null | boolean | number | string): string {
    if (value === null) return "<null>";
    if (value === UNKNOWN) return "[unknown]";
    return typeof value === "string" ? JSON.stringify(value) : String(value);
}

function formatSpecial(value: PropertyMap): string {
    switch (value[SIGNATURE]) {
        case SECRET:
            return "[secret]";
        case ASSET:
            return `asset(${describeAsset(value)})`;
        case ARCHIVE:
            return `archive(${describeAsset(value)})`;
        case RESOURCE_REFERENCE:
            return JSON.stringify(value.id ?? value.urn ?? null);
        default:
            return JSON.stringify(value);
    }
}

function describeAsset({ path, uri, text, hash }: PropertyMap): string {
    const origin =
        typeof path === "string"
            ? `file:${path}`
            : typeof uri === "string"
              ? `uri:${uri}`
              : text === undefined
                ? "assets"
                : "text";
    return typeof hash === "string" ? `${origin}:${hash.slice(0, 7)}` : origin;
}

/** Properties with two leading underscores are internal to the program and the provider. */
export function shownKeys(map: PropertyMap): string[] {
    return Object.keys(map)
        .filter((key) => !key.startsWith("__"))
        .sort();
}

export function widthOf(keys: string[]): number {
    return Math.max(0, ...keys.map((key) => key.length));
}
