/** Assets as handlers meet them: plain objects with a mark, of which only the hash is kept in a state. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { z } from "zod";
import type { FileDigest, FileSource } from "../../agb/index";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** What one file can be made of: a file of this machine, or a text. */
export type FileAsset = { path: string } | { text: string };

export const fileAssetSchema = z.custom<FileAsset>((value) => fileAssetProblem(value) === undefined, {
    error: ({ input }) => fileAssetProblem(input) ?? "",
});

/** Why that is nothing that one file can be made of. An address is not repeated: it may hold a secret. */
function fileAssetProblem(value: unknown): string | undefined {
    const { [SIGNATURE]: mark, path, text, uri, hash } = fields(value);
    if (mark === ARCHIVE)
        return "is an archive, which is more than one file: give new pulumi.asset.FileAsset(path), of a packed archive too";
    if (mark !== ASSET) return "must be new pulumi.asset.FileAsset(path) or new pulumi.asset.StringAsset(text)";
    if (typeof uri === "string")
        return "is a RemoteAsset, and nothing is fetched here: fetch it first, and give new pulumi.asset.FileAsset(path)";
    // An empty text comes with its hash alone, as does everything that is read back from a state.
    if (path === undefined && text === undefined && hash !== textDigest("").hash) return "is known by its hash alone";
    if (typeof path === "string" && !statSync(path, { throwIfNoEntry: false })?.isFile())
        return `"${path}" is not a file that is there`;
    return undefined;
}

export function fileSource(asset: FileAsset): FileSource {
    return "path" in asset ? { file: asset.path } : { text: textOf(asset) };
}

/** What the content will be. The engine has hashed the file already. */
export function assetDigest(asset: FileAsset): FileDigest {
    if (!("path" in asset)) return textDigest(textOf(asset));
    const { hash } = asset as typeof asset & { hash: string };
    return { hash, size: statSync(asset.path).size };
}

export function textDigest(text: string): FileDigest {
    return { hash: createHash("sha256").update(text).digest("hex"), size: Buffer.byteLength(text) };
}

/** A value in which each asset and archive stands for what it holds, so that two can be compared wherever they came from. */
export function toComparable(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(toComparable);
    if (typeof value !== "object" || value === null) return value;
    const { [SIGNATURE]: mark, hash } = fields(value);
    if (mark === ASSET || mark === ARCHIVE) return { hash };
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, toComparable(member)]));
}

const textOf = (asset: Partial<Record<"text", string>>) => asset.text ?? "";
const fields = (value: unknown): Record<string, unknown> =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
