/** Assets as the content of a file, and compared by their hash. */
import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { z } from "zod";
import type { FileDigest, FileSource } from "../../agb/index";
import { Asset } from "../contract";
import { asRecord } from "../support/values";

/** An asset with the content of one file: a local file or a text. */
export const fileAssetSchema = z
    .custom<{ path: string } | { text: string }>((value) => fileAssetProblem(value) === undefined, {
        error: ({ input }) => fileAssetProblem(input) ?? "",
    })
    .transform((asset): Asset => (asset instanceof Asset ? asset : z.NEVER));

/** Why the value cannot be the content of one file. The message does not repeat a URL, which may contain a secret. */
function fileAssetProblem(value: unknown): string | undefined {
    if (!(value instanceof Asset)) {
        return "must be new pulumi.asset.FileAsset(path) or new pulumi.asset.StringAsset(text)";
    }
    if (value.kind === "archive") {
        return "is an archive, but a ContextFile is one file: use new pulumi.asset.FileAsset(path), even for a packed archive";
    }
    const { path, text, uri, hash } = value.content;
    if (uri !== undefined) {
        return "is a RemoteAsset, which is not supported: download it first and use new pulumi.asset.FileAsset(path)";
    }
    // An asset from a stored state has only a hash. So has an empty text, whose hash is known.
    if (path === undefined && text === undefined && hash !== textDigest("").hash) return "has a hash but no content";
    if (path !== undefined && !statSync(path, { throwIfNoEntry: false })?.isFile()) {
        return `"${path}" does not exist or is not a file`;
    }
    return undefined;
}

export function fileSource({ content: { path, text = "" } }: Asset): FileSource {
    return path === undefined ? { text } : { file: path };
}

/** The digest of the content. The engine has already hashed a file. */
export function assetDigest({ content: { path, text = "", hash = "" } }: Asset): FileDigest {
    return path === undefined ? textDigest(text) : { hash, size: statSync(path).size };
}

export function textDigest(text: string): FileDigest {
    return { hash: createHash("sha256").update(text).digest("hex"), size: Buffer.byteLength(text) };
}

/** The value as the state has it: each asset is its hash, and -0 is 0. */
export function toComparable(value: unknown): unknown {
    if (value === 0) return 0;
    if (Array.isArray(value)) return value.map(toComparable);
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Asset) return { hash: value.content.hash };
    return Object.fromEntries(Object.entries(asRecord(value)).map(([key, member]) => [key, toComparable(member)]));
}
