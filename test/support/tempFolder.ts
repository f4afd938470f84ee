/** Temporary folders, which the setup file removes after the last test of each file. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders: string[] = [];

/** Creates an empty folder. `purpose` becomes part of its name. */
export function tempFolder(purpose: string): string {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), `pulumi-agb-${purpose}-`)));
    folders.push(folder);
    return folder;
}

export function removeTempFolders(): void {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
