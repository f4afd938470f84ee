/** Formats the difference between two property maps as Pulumi does. */
import type { Colors } from "picocolors/types";
import type { PropertyMap, PropertyValue } from "../model/types";
import { isPlainMap, sameValue } from "../model/values";
import { formatValue, INDENT, labelled, shownKeys, widthOf, withSign, type Sign } from "./values";

/** Formats the changes from `before` to `after`, and with `all` the unchanged properties that have a value. */
export function formatMapDiff(
    before: PropertyMap,
    after: PropertyMap,
    indent: string,
    colors: Colors,
    all: boolean,
): string[] {
    const keys = shownKeys({ ...before, ...after }).filter((key) =>
        sameValue(before[key], after[key]) ? all && !isBlank(after[key]) : true,
    );
    const width = widthOf(keys);
    return keys.flatMap((key) =>
        new Change(`${key.padEnd(width)}: `, before[key], after[key], indent, indent).lines(colors, all),
    );
}

/** The change of one property, or of one item of a list. */
class Change {
    constructor(
        readonly label: string,
        readonly before: PropertyValue | undefined,
        readonly after: PropertyValue | undefined,
        /** The indentation of the label, and that of the value's last line, which is deeper for an item of a list. */
        readonly indent: string,
        readonly inner: string,
    ) {}

    lines(colors: Colors, all: boolean): string[] {
        const { before, after } = this;
        if (before === undefined || after === undefined) {
            return [...this.#removed(colors), ...this.#added(colors)];
        }
        if (sameValue(before, after)) {
            return this.#labelled("", formatValue(after, this.inner));
        }
        if (Array.isArray(before) && Array.isArray(after)) {
            return this.#nested("[", this.#items(before, after, colors, all), "]", colors);
        }
        if (isPlainMap(before) && isPlainMap(after)) {
            const properties = formatMapDiff(before, after, this.inner + INDENT, colors, all);
            return this.#nested("{", properties, "}", colors);
        }
        return this.#replaced(before, after, colors);
    }

    #items(before: PropertyValue[], after: PropertyValue[], colors: Colors, all: boolean): string[] {
        const indent = this.inner + INDENT;
        return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
            all || !sameValue(before[index], after[index])
                ? new Change(`[${index}]: `, before[index], after[index], indent, indent + INDENT).lines(colors, all)
                : [],
        ).flat();
    }

    /** Values without lines of their own are shown side by side. */
    #replaced(before: PropertyValue, after: PropertyValue, colors: Colors): string[] {
        const [old, current] = [formatValue(before, this.inner), formatValue(after, this.inner)];
        const isOneSided = isBlank(before) !== isBlank(after);
        if (!isOneSided && old.length === 1 && current.length === 1) {
            return this.#labelled("~", [`${old.join("")} => ${current.join("")}`]).map(colors.yellow);
        }
        return [
            ...(isBlank(before) ? [] : this.#removed(colors)),
            ...(isBlank(after) && isOneSided ? [] : this.#added(colors)),
        ];
    }

    #removed(colors: Colors): string[] {
        return this.before === undefined
            ? []
            : this.#labelled("-", formatValue(this.before, this.inner, "-")).map(colors.red);
    }

    #added(colors: Colors): string[] {
        return this.after === undefined
            ? []
            : this.#labelled("+", formatValue(this.after, this.inner, "+")).map(colors.green);
    }

    #labelled(sign: Sign, lines: string[]): string[] {
        return labelled(withSign(this.indent, sign) + this.label, lines);
    }

    #nested(open: string, lines: string[], close: string, colors: Colors): string[] {
        return [...this.#labelled("~", [open]).map(colors.yellow), ...lines, `${this.inner}${close}`];
    }
}

/** Whether the value says nothing: no text, no items, no properties. */
function isBlank(value: PropertyValue | undefined): boolean {
    return (
        value === undefined ||
        value === null ||
        value === "" ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
