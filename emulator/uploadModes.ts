/** The upload mode of a context's data. It belongs to the folder at which the context was mounted. */
import type { ContextRecord } from "./account";
import { uploadModeMismatch, type ModeAtPath } from "./apiError";
import type { Tree } from "./disk/tree";
import { isUnder, relative } from "./sync/plan";

/** Whether two mounts of one context cannot store their data side by side. */
export const modesConflict = (a: ModeAtPath, b: ModeAtPath): boolean =>
    a.uploadMode !== b.uploadMode && overlap(relative(a.path), relative(b.path));

/** Rejects a mount at a folder that holds data in the other mode, or contains or is part of such a folder. */
export async function checkUploadMode(
    context: ContextRecord,
    mount: ModeAtPath,
    openTree: () => Promise<Tree>,
): Promise<void> {
    for (const [path, uploadMode] of Object.entries(context.uploadModes)) {
        if (modesConflict({ path, uploadMode }, mount) && (await (await openTree()).hasFiles(relative(path)))) {
            throw uploadModeMismatch(context.name, { path, uploadMode }, mount);
        }
    }
}

const overlap = (a: string, b: string): boolean => isUnder(a, b) || isUnder(b, a);
