/** The lock of a keeper: only one process keeps a stack alive. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { AlreadyLockedError, lockFolder, unlockFolder } from "../../emulator/lock";
import { UserError } from "../../engine/model/userError";
import { defaultDataFolder } from "../../provider/agb/localServer";

/** Locks a stack until the function that it returns is called, or this process ends for whatever reason. */
export async function lockStack(backend: string, project: string, stack: string): Promise<() => Promise<void>> {
    const key = createHash("sha256")
        .update(JSON.stringify([backend, project, stack]))
        .digest("hex")
        .slice(0, 32);
    const folder = join(defaultDataFolder(), "keepers", key);
    try {
        await lockFolder(folder, () => Promise.resolve(undefined));
    } catch (error) {
        if (!(error instanceof AlreadyLockedError)) throw error;
        throw new UserError(
            `process ${error.pid} already keeps the sandboxes of stack ${stack} alive. Stop it first, or leave it running.`,
        );
    }
    return () => unlockFolder(folder);
}
