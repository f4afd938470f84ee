/** Assets as the engine hands them to handlers. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const MARK = "4dabf18193072939515e22adb298388d";
const ASSET = { [MARK]: "c44067f5952c0a294b673a41bacd8c17" };

export const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

export const fileAsset = (path: string) => ({ ...ASSET, path, hash: sha256(readFileSync(path)) });
/** An empty text is left out on the wire. */
export const stringAsset = (text: string) => ({ ...ASSET, ...(text !== "" && { text }), hash: sha256(text) });
export const remoteAsset = (uri: string) => ({ ...ASSET, uri, hash: sha256("") });
export const fileArchive = (path: string) => ({ [MARK]: "0def7320c3a5731c473e5ecbe6d01bc7", path, hash: sha256("") });
