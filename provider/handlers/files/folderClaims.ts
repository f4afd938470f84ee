/** The files that a `ContextFolder` takes into its care, and those that exist already. */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { forEachConcurrently } from "../../../common/concurrency";
import type { Account } from "../account";
import { runExclusive } from "../support/keyedMutex";
import { duplicateFileError, existingFileError, formatSome, ownership } from "./contextFiles";
import { claimsOf, lockOf, type Holder } from "./fileClaims";
import { notedFiles, noteFiles } from "./fileNotes";
import {
    fileIdIn,
    fromRecord,
    holderOfFolder,
    pathInContext,
    rootOf,
    type ContextFolderInputs,
    type Folder,
} from "./folderState";
import { CONCURRENCY } from "./localFolder";
import { remoteFilesOf } from "./remoteFiles";

/** Claims files, and returns those that another resource holds, with one such resource. */
export function claimFiles(
    files: Iterable<string>,
    folder: Folder,
    account: Account,
): { files: string[]; holder: Holder } | undefined {
    const holder = holderOfFolder(folder);
    const conflicts: string[] = [];
    let other: Holder | undefined;
    for (const file of files) {
        const current = claimsOf(account).claim(fileIdIn(folder, file), holder);
        if (current) conflicts.push(file);
        other ??= current;
    }
    return other && { files: conflicts, holder: other };
}

/**
 * Claims files that are new to the folder, and returns the hashes of those that exist already with the wanted content.
 * Throws if another resource holds one of them, or if an existing one is foreign.
 */
export async function claimNewFiles(
    added: string[],
    folder: ContextFolderInputs,
    account: Account,
): Promise<Map<string, string>> {
    try {
        const conflict = claimFiles(added, folder, account);
        if (conflict) throw duplicateFileError(conflict.holder, formatSome(conflict.files));
        // A deletion by the resource that held a file before has either finished then, or sees the claim.
        await Promise.all(added.map((file) => runExclusive(lockOf(fileIdIn(folder, file)), () => Promise.resolve())));
        return folder.overwrite ? new Map<string, string>() : await findWanted(added, folder, account);
    } catch (error) {
        for (const file of added) claimsOf(account).release(fileIdIn(folder, file), holderOfFolder(folder));
        throw error;
    }
}

async function findWanted(
    added: string[],
    folder: ContextFolderInputs,
    account: Account,
): Promise<Map<string, string>> {
    const { contextId } = folder;
    const listing = await remoteFilesOf(account).findAllNow(contextId, rootOf(folder), added);
    const hashes = fromRecord(folder.files);
    const wanted = new Map<string, string>();
    const foreign: string[] = [];
    const noted = await notedFiles(account, folder);
    await forEachConcurrently(listing, CONCURRENCY, async ([file, listed]) => {
        const hash = hashes.get(file) ?? "";
        const { size } = await stat(join(resolve(folder.source), file));
        const found = await ownership(listed, { hash, size }, contextId, pathInContext(folder, file), noted, account);
        if (found === "wanted") wanted.set(file, hash);
        if (found === "foreign") foreign.push(file);
    });
    if (foreign.length > 0) throw existingFileError(`the context already has ${formatSome(foreign.sort())}`);
    const absent = added.filter((file) => !listing.has(file));
    await noteFiles(
        account,
        folder,
        new Map(absent.map((file) => [pathInContext(folder, file), hashes.get(file) ?? ""])),
    );
    return wanted;
}
