/** Secrets that the server generates and stores in its data folder. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

const SECRET_BYTES = 32;

/** Loads a secret from a file that only the user can read; generates it the first time. */
export async function loadSecret(file: string, prefix = ""): Promise<string> {
    const existing = (await readFile(file, "utf8").catch(() => "")).trim();
    if (existing !== "") return existing;
    const secret = prefix + randomBytes(SECRET_BYTES).toString("hex");
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    return secret;
}
