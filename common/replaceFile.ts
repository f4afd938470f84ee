/** Replaces files of the user safely. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/**
 * Gives a file new content, which is on disk when this returns. At any time, the file has either content as a whole. Only the
 * user can read it.
 */
export async function replaceFile(path: string, content: string | Buffer): Promise<void> {
    const draft = `${path}.${randomBytes(4).toString("hex")}.new`;
    try {
        const file = await open(draft, "wx", 0o600);
        try {
            await file.writeFile(content);
            await file.sync();
        } finally {
            await file.close();
        }
        await rename(draft, path);
    } catch (error) {
        await rm(draft, { force: true });
        throw error;
    }
}
