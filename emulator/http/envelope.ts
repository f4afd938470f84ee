import { z } from "zod";
import { invalidParameter } from "../apiError";

/** What stands in an answer beside `data`. */
export interface PageInfo {
    nextToken: string;
    maxResults: number;
    count: number;
}

/** A successful answer, before it has its request id. */
export interface SuccessEnvelope {
    success: true;
    code: "ok";
    message: "";
    httpStatusCode: 200;
    data?: unknown;
}

export function ok(data?: unknown, beside: Partial<PageInfo> = {}): SuccessEnvelope {
    // A message here would hide a tool's own error text from the SDKs.
    return {
        success: true,
        code: "ok",
        message: "",
        httpStatusCode: 200,
        ...(data !== undefined && { data }),
        ...beside,
    };
}

/** Reads the parameters of a call, from its query or from its body. */
export function parseParams<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
    const parsed = schema.safeParse(given ?? {});
    if (parsed.success) return parsed.data;
    throw invalidParameter(
        parsed.error.issues.map((issue) => `${issue.path.join(".") || "the request"}: ${issue.message}`).join("; "),
    );
}

/** A parameter in a query; empty means absent. */
export const optionalText = z
    .string()
    .optional()
    .transform((value) => value || undefined);
export const text = z.string().min(1, "is missing");
export const count = (fallback: number, most: number) =>
    optionalText
        .transform((value) => Number(value ?? fallback))
        .pipe(z.number().int().min(1))
        .transform((value) => Math.min(value, most));

const MOST_PER_PAGE = 100;
export const pageParameters = z.object({ maxResults: count(10, MOST_PER_PAGE), nextToken: optionalText });

/**
 * The part of a list, newest first, that comes after a token. The token names the last item that was seen, and not a position: what is
 * made or deleted meanwhile shifts nothing.
 */
export function page<Item extends { number: number }>(
    items: readonly Item[],
    { maxResults, nextToken }: z.output<typeof pageParameters>,
): { items: Item[]; info: PageInfo } {
    const token = nextToken === undefined ? "Infinity" : Buffer.from(nextToken, "base64url").toString();
    if (!/^(?:\d+|Infinity)$/.test(token)) throw invalidParameter("nextToken: is not one that this service gave");
    const seen = Number(token);
    const rest = items.filter((item) => item.number < seen);
    const shown = rest.slice(0, maxResults);
    const last = shown.at(-1);
    const more = rest.length > shown.length && last !== undefined;
    return {
        items: shown,
        info: {
            nextToken: more ? Buffer.from(String(last.number)).toString("base64url") : "",
            maxResults,
            count: items.length,
        },
    };
}
