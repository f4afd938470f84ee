/** Files in a session's mount, each with content that names it. */
import type { Policy, TestClient } from "./client";

export const MOUNT = "/home/w";
export const ARCHIVE: Policy = { uploadPolicy: { uploadMode: "Archive" } };

export async function writeAll(agb: TestClient, sessionId: string, files: readonly string[]): Promise<void> {
    for (const file of files) {
        await agb.tool(sessionId, "create_directory", { path: `${MOUNT}/${file}`.replace(/\/[^/]*$/, "") });
        await agb.write(sessionId, `${MOUNT}/${file}`, `content of ${file}`);
    }
}

export async function present(agb: TestClient, sessionId: string, files: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const file of files) {
        if ((await agb.read(sessionId, `${MOUNT}/${file}`)) === `content of ${file}`) found.push(file);
    }
    return found;
}
