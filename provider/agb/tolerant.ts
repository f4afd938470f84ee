/** Schemas that accept a value in every form in which AGB may send it. A value in another form counts as missing. */
import { z } from "zod";

/** A field that may be missing. */
const anything = z.unknown().optional();

/** Text. A number becomes text. */
export const text = anything.transform((value) =>
    typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined,
);

/** Text that must not be missing or empty. */
export const requiredText = text.pipe(z.string("is missing").min(1, "is missing"));

/** A number, or text that is one. */
export const number = anything.transform((value) => {
    const parsed = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : undefined;
});

/** A number since the epoch, or a date as text, which becomes milliseconds. 0 if missing. */
export const epoch = anything.transform((value) => {
    const parsed = number.parse(value);
    return Math.max(0, parsed ?? (Date.parse(text.parse(value) ?? "") || 0));
});

/** A truth value, or its name as text. */
export const flag = anything.transform((value) =>
    /^(?:true|false)$/i.test(String(value)) ? /true/i.test(String(value)) : undefined,
);

/** The items of a list that fit the schema. A missing list is empty. */
export function listOf<T extends z.ZodType>(item: T) {
    return z
        .array(z.unknown())
        .nullish()
        .transform((values) => fitting(item, values ?? []));
}

/** The items among `values` that fit the schema. */
export function fitting<T extends z.ZodType>(item: T, values: unknown[]): z.output<T>[] {
    return values.flatMap((value) => {
        const parsed = item.safeParse(value);
        return parsed.success ? [parsed.data] : [];
    });
}

/** JSON inside a string, which AGB uses in many places. A missing or empty string becomes `undefined`. */
export function jsonText<T extends z.ZodType>(inner: T) {
    return z
        .string()
        .nullish()
        .transform((value, context) => {
            if (value == null || value.trim() === "") return undefined;
            try {
                return JSON.parse(value) as unknown;
            } catch {
                context.addIssue({ code: "custom", message: "is not JSON" });
                return z.NEVER;
            }
        })
        .pipe(inner.optional());
}

/** JSON inside a string, or the value itself. */
export function json<T extends z.ZodType>(inner: T) {
    return z.preprocess((value) => (typeof value === "object" ? JSON.stringify(value ?? "") : value), jsonText(inner));
}
