/** Assets as front ends pass them to handlers. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { Asset } from "../../provider/handlers/contract";

export const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

export const fileAsset = (path: string) => new Asset("asset", { path, hash: sha256(readFileSync(path)) });
/** The wire format omits an empty text. */
export const stringAsset = (text: string) => new Asset("asset", { ...(text !== "" && { text }), hash: sha256(text) });
export const remoteAsset = (uri: string) => new Asset("asset", { uri, hash: sha256("") });
export const fileArchive = (path: string) => new Asset("archive", { path, hash: sha256("") });
/** An asset as a stored state contains it. */
export const storedAsset = (hash: string) => new Asset("asset", { hash });
