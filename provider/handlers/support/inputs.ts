/** Validation of inputs by zod schemas: all failures at once, each with its path, and unknown values let through. */
import { z } from "zod";
import { unknown, type CheckResult, type Failure } from "../contract";

/** The keys that the front end adds; see `CommonInputs`. */
export const commonInputs = {
    __origin: z
        .object({ project: z.string(), stack: z.string(), name: z.string(), parents: z.array(z.string()).default([]) })
        .optional(),
    __timeouts: z.record(z.string(), z.string()).optional(),
};

/** Validates `news`; `more` finds failures that no schema of a single value can. It sees values of any type. */
export function checkInputs(
    schema: z.ZodObject,
    news: Record<string, unknown>,
    more?: (news: Record<string, unknown>) => Failure[],
): CheckResult {
    const given = withoutNulls(news) as Record<string, unknown>;
    const parsed = allowUnknowns(schema).safeParse(given, { error: errorMap });
    const failures = [
        ...(parsed.success
            ? []
            : parsed.error.issues.map((issue) => ({ property: propertyPath(issue.path), reason: issue.message }))),
        ...(more?.(given) ?? []),
    ];
    return { inputs: parsed.success ? (parsed.data as Record<string, unknown>) : given, failures };
}

/** `["contextSyncs", 1, "path"]` as people write it: `contextSyncs[1].path`. */
export function propertyPath(path: readonly PropertyKey[]): string {
    return path
        .map((part, i) => (typeof part === "number" ? `[${part}]` : `${i > 0 ? "." : ""}${String(part)}`))
        .join("");
}

const errorMap: z.core.$ZodErrorMap = (issue) => {
    if (issue.code === "invalid_type")
        return issue.input === undefined
            ? "is required"
            : `must be ${withArticle(issue.expected)}, not ${withArticle(kindOf(issue.input))}`;
    if (issue.code === "invalid_value")
        return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}, not ${JSON.stringify(issue.input)}`;
    if (issue.code === "too_small" && issue.origin === "string") return "must not be empty";
    if (issue.code === "too_small") return `must be at least ${issue.minimum}`;
    return undefined;
};

const kindOf = (value: unknown) => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);
const withArticle = (kind: string) => (kind === "array" ? "a list" : /^[aeio]/.test(kind) ? `an ${kind}` : `a ${kind}`);

/** Absent and null are the same to a user. */
function withoutNulls(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(withoutNulls);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, member]) => member != null)
            .map(([key, member]) => [key, withoutNulls(member)]),
    );
}

/** The same schema, but an unknown passes at any depth, and a key that the schema does not name is a failure. */
function allowUnknowns(schema: z.core.$ZodType): z.ZodType {
    if (schema instanceof z.ZodObject) {
        const shape = Object.fromEntries(
            Object.entries<z.core.$ZodType>(schema.shape).map(([key, member]) => [key, allowUnknowns(member)]),
        );
        return unknownOr(z.strictObject(shape));
    }
    if (schema instanceof z.ZodArray)
        return unknownOr(schema.clone({ ...schema.def, element: allowUnknowns(schema.element) }));
    if (schema instanceof z.ZodRecord)
        return unknownOr(schema.clone({ ...schema.def, valueType: allowUnknowns(schema.valueType) }));
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
        return schema.clone({ ...schema.def, innerType: allowUnknowns(schema.def.innerType) } as never);
    }
    return unknownOr(schema as z.ZodType);
}

function unknownOr(schema: z.ZodType): z.ZodType {
    return z.unknown().transform((value, context) => {
        if (value === unknown) return value;
        const parsed = schema.safeParse(value, { error: errorMap });
        if (parsed.success) return parsed.data;
        for (const issue of parsed.error.issues) {
            const unrecognizedKeys = issue.code === "unrecognized_keys" ? issue.keys : undefined;
            for (const path of unrecognizedKeys?.map((key) => [...issue.path, key]) ?? [issue.path]) {
                context.addIssue({
                    code: "custom",
                    path,
                    message: unrecognizedKeys ? "is no such input: check its spelling" : issue.message,
                });
            }
        }
        return z.NEVER;
    });
}
