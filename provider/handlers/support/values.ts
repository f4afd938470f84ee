/** Access to values of any type, as programs may give them. */

/** The value as an object; anything else has no members. */
export const asRecord = (value: unknown): Record<string, unknown> =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/** The value as a list; anything else is empty. */
export const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
