/** Temporary folders, removed after the last test of the file that made them. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

const folders: string[] = [];
afterAll(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Creates an empty folder. `purpose` becomes part of its name. */
export function tempFolder(purpose: string): string {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), `pulumi-agb-${purpose}-`)));
    folders.push(folder);
    return folder;
}
