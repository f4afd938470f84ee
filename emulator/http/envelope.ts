/** What all calls of the API have in common: parameters, response envelopes and pages. */
import { z } from "zod";
import { invalidParameter } from "../apiError";

/** Fields of a list's response envelope, next to `data`. */
export interface PageInfo {
    nextToken: string;
    maxResults: number;
    count: number;
}

/** A successful response, without its request id. */
export interface SuccessEnvelope {
    success: true;
    code: "ok";
    message: "";
    httpStatusCode: 200;
    data?: unknown;
}

export function ok(data?: unknown, info: Partial<PageInfo> = {}): SuccessEnvelope {
    // A message here would hide a tool's own error text from the SDKs.
    return {
        success: true,
        code: "ok",
        message: "",
        httpStatusCode: 200,
        ...(data !== undefined && { data }),
        ...info,
    };
}

/** Parses the parameters of a call, from its query or its body. */
export function parseParams<Schema extends z.ZodType>(schema: Schema, params: unknown): z.output<Schema> {
    const parsed = schema.safeParse(params ?? {});
    if (parsed.success) return parsed.data;
    throw invalidParameter(
        parsed.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`).join("; "),
    );
}

/** A query parameter. An empty one counts as absent. */
export const optionalText = z
    .string()
    .optional()
    .transform((value) => value || undefined);
export const text = z.string().min(1, "is missing");
/** A positive number. Larger ones are reduced to `max`. */
export const count = (fallback: number, max: number) =>
    optionalText
        .transform((value) => Number(value ?? fallback))
        .pipe(z.number().int().min(1))
        .transform((value) => Math.min(value, max));

const DEFAULT_PAGE_SIZE = 10;
const MAX_PAGE_SIZE = 100;
export const pageParameters = z.object({
    maxResults: count(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
    nextToken: optionalText,
});

/**
 * One page of a list that is sorted newest first. The token identifies the last item of the previous page rather than a
 * position, so items that are created or deleted in between do not shift the pages.
 */
export function page<Item extends { number: number }>(
    items: readonly Item[],
    { maxResults, nextToken }: z.output<typeof pageParameters>,
): { items: Item[]; info: PageInfo } {
    const token = nextToken === undefined ? "Infinity" : Buffer.from(nextToken, "base64url").toString();
    if (!/^(?:\d+|Infinity)$/.test(token)) throw invalidParameter("nextToken: is not a token of this service");
    const previous = Number(token);
    const remaining = items.filter((item) => item.number < previous);
    const pageItems = remaining.slice(0, maxResults);
    const last = pageItems.at(-1);
    const hasMore = remaining.length > pageItems.length && last !== undefined;
    return {
        items: pageItems,
        info: {
            nextToken: hasMore ? Buffer.from(String(last.number)).toString("base64url") : "",
            maxResults,
            count: items.length,
        },
    };
}
