/** Property values and their differences, line by line, as Pulumi prints them. Secrets are never shown. */
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

const INDENT = "    ";

/** The fields of `map` side by side, each on lines of its own. */
export function formatMap(map: PropertyMap, indent: string): string[] {
    const keys = shownKeys(map);
    const width = widest(keys);
    return keys.flatMap((key) => labelled(`${indent}${key.padEnd(width)}: `, formatValue(map[key] ?? null, indent)));
}

/** What changed from `before` to `after`; with `all`, what did not as well. */
export function formatMapDiff(
    before: PropertyMap,
    after: PropertyMap,
    indent: string,
    colors: Colors,
    all: boolean,
): string[] {
    const keys = shownKeys({ ...before, ...after }).filter((key) => all || !sameValue(before[key], after[key]));
    const width = widest(keys);
    return keys.flatMap((key) => formatDiff(`${key.padEnd(width)}: `, before[key], after[key], indent, colors));
}

/** Which inputs differ, in short: `[diff: +added-removed~changed]`; empty where none does. */
export function diffSummary({ old, new: now, operation }: ResourceStep): string {
    if (old === undefined || now === undefined || operation === "same") {
        return "";
    }
    const before = old.inputs ?? {};
    const after = now.inputs ?? {};
    const keys = shownKeys({ ...before, ...after }).filter((key) => !sameValue(before[key], after[key]));
    const list = (sign: string, which: (key: string) => boolean): string =>
        keys.some(which) ? sign + keys.filter(which).join(",") : "";
    const note =
        list("+", (key) => !(key in before)) +
        list("-", (key) => !(key in after)) +
        list("~", (key) => key in before && key in after);
    return note && `[diff: ${note}]`;
}

export function sameValue(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
    return canonical(a) === canonical(b);
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

/** The first line has no indentation, for it follows a label. */
function formatValue(value: PropertyValue, indent: string): string[] {
    if (value === null || typeof value === "boolean" || typeof value === "number") {
        return [value === null ? "<null>" : String(value)];
    }
    if (typeof value === "string") {
        return [value === UNKNOWN ? "[unknown]" : JSON.stringify(value)];
    }
    if (Array.isArray(value)) {
        const items = value.flatMap((item, index) =>
            labelled(`${indent}${INDENT}[${index}]: `, formatValue(item, indent + INDENT)),
        );
        return value.length === 0 ? ["[]"] : ["[", ...items, `${indent}]`];
    }
    if (!isPlainMap(value)) {
        return [formatSpecial(value)];
    }
    return Object.keys(value).length === 0 ? ["{}"] : ["{", ...formatMap(value, indent + INDENT), `${indent}}`];
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

function isPlainMap(value: PropertyValue): value is PropertyMap {
    return typeof value === "object" && value !== null && !Array.isArray(value) && value[SIGNATURE] === undefined;
}

/** What begins with two underscores is between program and provider. */
function shownKeys(map: PropertyMap): string[] {
    return Object.keys(map)
        .filter((key) => !key.startsWith("__"))
        .sort();
}

function widest(keys: string[]): number {
    return Math.max(0, ...keys.map((key) => key.length));
}

function canonical(value: PropertyValue | undefined): string {
    return JSON.stringify(value, (_, part: unknown) =>
        typeof part === "object" && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
            : part,
    );
}
