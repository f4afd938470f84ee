/** Formats property values and their differences as Pulumi does. Secrets are never shown. */
import type { Colors } from "picocolors/types";
import type { ResourceStep } from "../model/events";
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
import { isMap, isPlainMap, sameValue } from "../model/values";

const INDENT = "    ";

/** Formats each property of `map` on its own lines. */
export function formatMap(map: PropertyMap, indent: string): string[] {
    const keys = shownKeys(map);
    const width = widthOf(keys);
    return keys.flatMap((key) => labelled(`${indent}${key.padEnd(width)}: `, formatValue(map[key] ?? null, indent)));
}

/** Formats the changes from `before` to `after`, and with `all` the unchanged properties too. */
export function formatMapDiff(
    before: PropertyMap,
    after: PropertyMap,
    indent: string,
    colors: Colors,
    all: boolean,
): string[] {
    const keys = shownKeys({ ...before, ...after }).filter((key) => all || !sameValue(before[key], after[key]));
    const width = widthOf(keys);
    return keys.flatMap((key) => formatDiff(`${key.padEnd(width)}: `, before[key], after[key], indent, colors));
}

/** Lists the inputs that differ: `[diff: +added-removed~changed]`; empty if none does. */
export function diffSummary({ old, new: current, operation }: ResourceStep): string {
    if (old === undefined || current === undefined || operation === "same") {
        return "";
    }
    const before = old.inputs ?? {};
    const after = current.inputs ?? {};
    const keys = shownKeys({ ...before, ...after }).filter((key) => !sameValue(before[key], after[key]));
    const listKeys = (sign: string, matches: (key: string) => boolean): string =>
        keys.some(matches) ? sign + keys.filter(matches).join(",") : "";
    const changes =
        listKeys("+", (key) => !(key in before)) +
        listKeys("-", (key) => !(key in after)) +
        listKeys("~", (key) => key in before && key in after);
    return changes && `[diff: ${changes}]`;
}

function formatDiff(
    label: string,
    before: PropertyValue | undefined,
    after: PropertyValue | undefined,
    indent: string,
    colors: Colors,
): string[] {
    if (before === undefined && after !== undefined) {
        return mark("+", label, formatValue(after, indent), indent).map(colors.green);
    }
    if (before !== undefined && after === undefined) {
        return mark("-", label, formatValue(before, indent), indent).map(colors.red);
    }
    if (before === undefined || after === undefined) {
        return [];
    }
    if (sameValue(before, after)) {
        return mark(" ", label, formatValue(after, indent), indent);
    }
    if (Array.isArray(before) && Array.isArray(after)) {
        const items = Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
            formatDiff(`[${index}]: `, before[index], after[index], indent + INDENT, colors),
        );
        return nested(label, "[", items.flat(), "]", indent, colors);
    }
    if (isPlainMap(before) && isPlainMap(after)) {
        return nested(label, "{", formatMapDiff(before, after, indent + INDENT, colors, true), "}", indent, colors);
    }
    const [first = "", ...more] = formatValue(after, indent);
    const old = formatValue(before, indent);
    const change = [...old.slice(0, -1), `${old.at(-1) ?? ""} => ${first}`, ...more];
    return mark("~", label, change, indent).map(colors.yellow);
}

function mark(sign: string, label: string, lines: string[], indent: string): string[] {
    return labelled(`${indent.slice(0, -2)}${sign} ${label}`, lines);
}

function nested(label: string, open: string, lines: string[], close: string, indent: string, colors: Colors): string[] {
    return [colors.yellow(`${indent.slice(0, -2)}~ ${label}${open}`), ...lines, `${indent}${close}`];
}

function labelled(label: string, [first = "", ...rest]: string[]): string[] {
    return [label + first, ...rest];
}

/** The first line is not indented, because it follows a label. */
function formatValue(value: PropertyValue, indent: string): string[] {
    if (Array.isArray(value)) {
        const items = value.flatMap((item, index) =>
            labelled(`${indent}${INDENT}[${index}]: `, formatValue(item, indent + INDENT)),
        );
        return value.length === 0 ? ["[]"] : ["[", ...items, `${indent}]`];
    }
    if (!isMap(value)) {
        return [formatScalar(value)];
    }
    if (!isPlainMap(value)) {
        return [formatSpecial(value)];
    }
    return Object.keys(value).length === 0 ? ["{}"] : ["{", ...formatMap(value, indent + INDENT), `${indent}}`];
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
function shownKeys(map: PropertyMap): string[] {
    return Object.keys(map)
        .filter((key) => !key.startsWith("__"))
        .sort();
}

function widthOf(keys: string[]): number {
    return Math.max(0, ...keys.map((key) => key.length));
}
