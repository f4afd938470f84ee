/** Assets as handlers meet them: plain objects with a mark, of which only the hash is kept in a state. */
import { z } from "zod";

const MARK = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** An asset: a file, a text, or what is at an address. */
export const assetSchema = z.looseObject({
    [MARK]: z.literal(ASSET),
    hash: z.string().optional(),
    path: z.string().optional(),
    text: z.string().optional(),
    uri: z.string().optional(),
});
export type Asset = z.output<typeof assetSchema>;

/** A value in which each asset and archive stands for what it holds, so that two can be compared wherever they came from. */
export function comparable(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(comparable);
    if (typeof value !== "object" || value === null) return value;
    const fields = value as Record<string, unknown>;
    if (fields[MARK] === ASSET || fields[MARK] === ARCHIVE) return { hash: fields.hash };
    return Object.fromEntries(Object.entries(fields).map(([key, member]) => [key, comparable(member)]));
}
