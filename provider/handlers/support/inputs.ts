/** Validation of inputs with zod schemas: reports all failures at once, each with its path, and accepts unknown values. */
import { z } from "zod";
import { parseDuration } from "../../../common/duration";
import { nearestWord } from "../../../common/nearestWord";
import { containsOutputText } from "../../../common/outputText";
import { Asset, unknown, type Failure, type MaybeUnknownFields } from "../contract";
import { asRecord } from "./values";

/** The inputs that the front end adds; see `CommonInputs`. A stored state may have timeouts that an earlier release accepted. */
export const commonInputs = {
    __origin: z
        .object({
            project: z.string(),
            stack: z.string(),
            name: z.string(),
            parents: z.array(z.string()).default([]),
            urn: z.string().optional(),
            after: z.array(z.string()).optional(),
        })
        .optional(),
    __timeouts: z
        .object({ create: z.string().optional(), update: z.string().optional(), delete: z.string().optional() })
        .optional(),
    __protected: z.boolean().optional(),
};

/** `valid` are the inputs with all defaults, if there is no failure. */
type CheckedInputs<Schema extends z.ZodObject> =
    | { failures: []; inputs: Record<string, unknown>; valid: MaybeUnknownFields<z.output<Schema>> }
    | { failures: Failure[]; inputs: Record<string, unknown>; valid: undefined };

/** Validates `news`. `more` finds failures that concern several values; it gets values of any type. */
export function checkInputs<Schema extends z.ZodObject>(
    schema: Schema,
    news: Record<string, unknown>,
    more?: (news: Record<string, unknown>) => Failure[],
): CheckedInputs<Schema> {
    const given = withoutNulls(news) as Record<string, unknown>;
    // Most inputs are known and valid, and need neither tolerance nor explanations.
    const exact = schemaFor(schema, exactSchemas, (part) => part).safeParse(given);
    const parsed = exact.success
        ? exact
        : schemaFor(schema, tolerantSchemas, unknownOr).safeParse(given, { error: errorMap });
    const issues = parsed.success ? [] : parsed.error.issues;
    const failures = [
        ...issues.map(({ path, message }) => ({ property: propertyPath(path), reason: message })),
        ...timeoutFailures(given.__timeouts),
        ...textFailures(withoutInternals(given)),
        ...(more?.(given) ?? []),
    ];
    if (!parsed.success || failures.length > 0) {
        return {
            inputs: parsed.success ? (parsed.data as Record<string, unknown>) : given,
            failures,
            valid: undefined,
        };
    }
    const valid = parsed.data as MaybeUnknownFields<z.output<Schema>>;
    return { inputs: valid, failures: [], valid };
}

function timeoutFailures(timeouts: unknown): Failure[] {
    return Object.entries(asRecord(timeouts)).flatMap(([operation, text]) =>
        typeof text !== "string" || parseDuration(text) !== undefined
            ? []
            : [
                  {
                      property: propertyPath(["__timeouts", operation]),
                      reason: `${JSON.stringify(text)} is not a duration; write it as "5m", "90s" or "1h30m"`,
                  },
              ],
    );
}

/** Failures of texts that contain an output instead of its value. */
function textFailures(value: unknown, path: PropertyKey[] = []): Failure[] {
    if (value instanceof Asset) return textFailures(value.content.text, path);
    if (typeof value === "string") {
        if (!containsOutputText(value)) return [];
        return [
            {
                property: propertyPath(path),
                reason: "contains an output that was converted to text; pass the output itself, or build the text with pulumi.interpolate",
            },
        ];
    }
    return Object.entries(asRecord(value)).flatMap(([key, member]) =>
        textFailures(member, [...path, Array.isArray(value) ? Number(key) : key]),
    );
}

const withoutInternals = (inputs: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));

/** `["contextSyncs", 1, "path"]` in the form that people write: `contextSyncs[1].path`. */
function propertyPath(path: readonly PropertyKey[]): string {
    const [first, ...rest] = path;
    return [first === "__timeouts" ? "customTimeouts" : first, ...rest]
        .map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`))
        .join("");
}

const errorMap: z.core.$ZodErrorMap = (issue) => {
    if (issue.code === "invalid_type") {
        if (issue.input === undefined) return "is required";
        if (issue.expected === "int" && Number.isFinite(issue.input)) return "must be a whole number";
        return `must be ${TYPES.get(issue.expected) ?? `a ${issue.expected}`}, not ${describeType(issue.input)}`;
    }
    if (issue.code === "invalid_value") {
        const values = issue.values.map((value) => JSON.stringify(value)).join(" or ");
        const suggestion =
            typeof issue.input === "string" ? nearestWord(issue.input, issue.values.map(String)) : undefined;
        return `must be ${values}, not ${JSON.stringify(issue.input)}${didYouMean(suggestion)}`;
    }
    if (issue.code === "too_small" && issue.origin === "string") return "must not be empty";
    if (issue.code === "too_small") return `must be at least ${issue.minimum}`;
    if (issue.code === "too_big") return `must be at most ${issue.maximum}`;
    return undefined;
};

/** Types in the words of users. */
const TYPES: ReadonlyMap<string, string> = new Map([
    ["array", "a list"],
    ["object", "an object"],
    ["record", "an object"],
]);

function describeType(value: unknown): string {
    if (value === null) return "null";
    if (typeof value === "number" && !Number.isFinite(value)) return String(value);
    const type = Array.isArray(value) ? "array" : typeof value;
    return TYPES.get(type) ?? `a ${type}`;
}

/** Null means the same as absent. */
function withoutNulls(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (value === null || typeof value !== "object" || value instanceof Asset) return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, member]) => member != null)
            .map(([key, member]) => [key, withoutNulls(member)]),
    );
}

type Wrap = (part: z.ZodType, known?: string[]) => z.ZodType;
type Schemas = WeakMap<z.ZodObject, z.ZodType>;
const exactSchemas: Schemas = new WeakMap();
/** These also accept an unknown value at any depth. */
const tolerantSchemas: Schemas = new WeakMap();

/** Built once for each schema: building takes much longer than a check. */
function schemaFor(schema: z.ZodObject, schemas: Schemas, wrap: Wrap): z.ZodType {
    const built = schemas.get(schema) ?? strictly(schema, wrap);
    schemas.set(schema, built);
    return built;
}

/** The same schema, but it rejects keys that it does not name. `wrap` gets each part and the names of its keys. */
function strictly(schema: z.core.$ZodType, wrap: Wrap): z.ZodType {
    if (schema instanceof z.ZodObject) {
        const shape = Object.fromEntries(
            Object.entries<z.core.$ZodType>(schema.shape).map(([key, member]) => [key, strictly(member, wrap)]),
        );
        return wrap(
            z.strictObject(shape),
            Object.keys(shape).filter((name) => !name.startsWith("__")),
        );
    }
    if (schema instanceof z.ZodArray) {
        return wrap(schema.clone({ ...schema.def, element: strictly(schema.element, wrap) }));
    }
    if (schema instanceof z.ZodRecord) {
        return wrap(schema.clone({ ...schema.def, valueType: strictly(schema.valueType, wrap) }));
    }
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
        return schema.clone({ ...schema.def, innerType: strictly(schema.def.innerType, wrap) } as never);
    }
    return wrap(schema as z.ZodType);
}

function unknownOr(schema: z.ZodType, known: string[] = []): z.ZodType {
    return z.unknown().transform((value, context) => {
        if (value === unknown) return value;
        const parsed = schema.safeParse(value, { error: errorMap });
        if (parsed.success) return parsed.data;
        const { issues } = parsed.error;
        const unrecognized = issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
        const meant = new Map(unrecognized.map((key) => [key, nearestWord(key, known)]));
        // A misspelt input is not missing as well.
        const isMisspelt = ([key = "", ...rest]: PropertyKey[]) =>
            rest.length === 0 && [...meant.values()].includes(String(key)) && !Object.hasOwn(asRecord(value), key);
        for (const { code, path, message } of issues) {
            if (code !== "unrecognized_keys" && !isMisspelt(path)) context.addIssue({ code: "custom", path, message });
        }
        for (const [key, suggestion] of meant) {
            context.addIssue({ code: "custom", path: [key], message: notAnInput(suggestion, known) });
        }
        return z.NEVER;
    });
}

function notAnInput(suggestion: string | undefined, known: string[]): string {
    return suggestion === undefined
        ? `is not a known input; use ${known.map((name) => JSON.stringify(name)).join(", ")}`
        : `is not a known input${didYouMean(suggestion)}`;
}

const didYouMean = (suggestion: string | undefined) =>
    suggestion === undefined ? "" : `; did you mean ${JSON.stringify(suggestion)}?`;
