/** Removes everything that an account of the local AGB contains, so it is as on the first day. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { STATE_FILE } from "./account";
import { removeTree } from "./disk/removeTree";
import { HISTORY_FILE } from "./history";
import { lockFolder, unlockFolder } from "./lock";

const FOLDERS = ["sessions", "contexts", "incoming", "trash", "unsaved"];

/**
 * Removes contexts, sessions and files from a data folder whose server is stopped. Keys are kept. So are notes on sessions
 * and contexts of the service, because a provider keeps them in the same folder.
 */
export async function resetDataFolder(dataFolder: string): Promise<void> {
    await lockFolder(dataFolder, () => Promise.resolve(undefined));
    try {
        // Files without a record are left over. Records without files would be contexts that have lost theirs.
        for (const name of [STATE_FILE, HISTORY_FILE]) await rm(join(dataFolder, name), { force: true });
        for (const name of FOLDERS) await removeTree(join(dataFolder, name));
    } finally {
        await unlockFolder(dataFolder);
    }
}
