/** Files that interrupted runs left in a context and that no state contains. */
import { runExclusive } from "../support/keyedMutex";
import type { Account } from "../account";
import { claimsOf, lockOf } from "./fileClaims";
import type { NotedFiles } from "./fileNotes";
import { fileId } from "./filePaths";
import { remoteFilesOf } from "./remoteFiles";

/** Deletes those noted files that still have the content of the interrupted run. */
export async function deleteLeftovers(account: Account, contextId: string, noted: NotedFiles): Promise<void> {
    const remote = remoteFilesOf(account);
    for (const path of noted.paths) {
        const id = fileId(contextId, path);
        await runExclusive(lockOf(id), async () => {
            if (claimsOf(account).isHeld(id)) return;
            const file = await remote.findNow(contextId, path);
            if (file && noted.has(path, await remote.hash(contextId, file))) {
                await account.agb.deleteContextFile(contextId, path);
            }
        });
    }
}
