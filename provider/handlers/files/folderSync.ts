/** Brings a context up to date with a local folder: uploads, deletions and the order between them. */
import { join, resolve } from "node:path";
import { commandLine } from "../../../common/commandLine";
import { forEachConcurrently } from "../../../common/concurrency";
import { mayHaveTakenEffect } from "../../agb/index";
import type { Account } from "../account";
import { PartialFailure } from "../contract";
import { withErrorContext, wrapError } from "../support/errors";
import { runExclusive } from "../support/keyedMutex";
import { Progress } from "../support/progress";
import { abortAt, deadline } from "../support/timeouts";
import { unlessContextGone, waitUntilListed } from "./contextFiles";
import { claimsOf, lockOf } from "./fileClaims";
import { notedFiles, removeFileNote } from "./fileNotes";
import { filesInTheWay } from "./filePaths";
import { claimFiles, claimNewFiles } from "./folderClaims";
import {
    fileIdIn,
    fromRecord,
    holderOfFolder,
    idOf,
    pathInContext,
    rootOf,
    stateOf,
    subject,
    type ContextFolderInputs,
    type ContextFolderState,
    type Folder,
} from "./folderState";
import { deleteLeftovers } from "./leftovers";
import { CONCURRENCY, type Hashes } from "./localFolder";
import { fingerprint, remoteFilesOf, type Listing } from "./remoteFiles";

/** What the context holds of a folder: the hash of each file, and its fingerprint. */
export interface HeldFiles {
    hashes: Hashes;
    listed: ReadonlyMap<string, string>;
}

/** Uploads new and changed files, deletes the others, and returns the new state. */
export async function reconcile(
    held: HeldFiles,
    inputs: ContextFolderInputs,
    account: Account,
    operation: "create" | "update",
): Promise<ContextFolderState> {
    const until = deadline(inputs, operation);
    const attempted = `${subject(inputs)} could not be ${operation === "create" ? "uploaded" : "updated"}`;
    const files = fromRecord(inputs.files);
    const removed = [...held.hashes.keys()].filter((file) => !files.has(file));
    for (const file of removed) claimsOf(account).release(fileIdIn(inputs, file), holderOfFolder(inputs));
    const inTheWay = new Set(filesInTheWay(removed, new Set(files.keys())));
    claimFiles(files.keys(), inputs, account);
    const added = [...files.keys()].filter((file) => !held.hashes.has(file));
    const existing = await withErrorContext(attempted, () => claimNewFiles(added, inputs, account));

    const current = new Map([...held.hashes, ...existing]);
    const changed = [...files.keys()].filter((file) => current.get(file) !== files.get(file));
    const progress = new Progress(inputs, account.reporter);
    let done = 0;
    try {
        const signal = abortAt(until);
        await deleteExisting([...inTheWay], inputs, account);
        for (const file of inTheWay) current.delete(file);
        await forEachConcurrently(changed, CONCURRENCY, async (file) => {
            await upload(file, inputs, account, signal, current);
            progress.update(`${++done} of ${changed.length} files uploaded`);
        });
        await deleteFiles(
            removed.filter((file) => !inTheWay.has(file)),
            inputs,
            account,
        );
        for (const file of removed) current.delete(file);
        await deleteNotedFiles(inputs, account);
        progress.end();
        const listing = await awaitListing([...current.keys()], inputs, account, until);
        await removeFileNote(account, inputs);
        return stateOf(inputs, current, fingerprints(listing));
    } catch (error) {
        const failed = wrapError(
            `${attempted} completely (${done} of ${changed.length} files uploaded)`,
            error,
            `Run \`${commandLine("up")}\` again to upload the rest, or allow more time with customTimeouts.`,
        );
        if (current.size === 0) throw failed;
        // What is uploaded now has another fingerprint.
        const untouched = [...held.listed].filter(([file]) => held.hashes.get(file) === current.get(file));
        throw new PartialFailure(idOf(inputs), stateOf(inputs, current, new Map(untouched)), failed.message);
    }
}

/** Uploads one file and notes its hash, or an empty hash if it may have arrived in part. */
async function upload(
    file: string,
    folder: Folder,
    account: Account,
    signal: AbortSignal,
    current: Map<string, string>,
): Promise<void> {
    const source = { file: join(resolve(folder.source), file) };
    try {
        await runExclusive(lockOf(fileIdIn(folder, file)), async () => {
            const path = pathInContext(folder, file);
            const { hash } = await account.agb.uploadContextFile(folder.contextId, path, source, { signal });
            current.set(file, hash);
        });
    } catch (error) {
        if (mayHaveTakenEffect(error)) current.set(file, "");
        throw wrapError(`"${file}"`, error);
    }
}

/** Deletes those files that exist. After an interrupted run, a folder may have replaced one of them. */
async function deleteExisting(files: string[], folder: Folder, account: Account): Promise<void> {
    const listing = await remoteFilesOf(account).findAllNow(folder.contextId, rootOf(folder), files);
    await deleteFiles([...listing.keys()], folder, account);
}

/** Deletes files from the context. Files that are gone, or that another resource holds now, are fine. */
export async function deleteFiles(files: string[], folder: Folder, account: Account): Promise<void> {
    const { contextId } = folder;
    const failures = new Map<string, unknown>();
    await forEachConcurrently(files, CONCURRENCY, async (file) => {
        const id = fileIdIn(folder, file);
        await runExclusive(lockOf(id), async () => {
            if (claimsOf(account).isHeld(id)) return;
            await account.agb.deleteContextFile(contextId, pathInContext(folder, file));
        }).catch((error: unknown) => void failures.set(file, error));
    });
    const lookUp = unlessContextGone(account.agb, contextId, () =>
        remoteFilesOf(account).findAllNow(contextId, rootOf(folder), [...failures.keys()]),
    );
    // If the look-up fails as well, any of the files may exist.
    const listing: Pick<Listing, "has"> | undefined = await lookUp.catch(() => failures);
    for (const [file, error] of failures) {
        if (listing?.has(file)) throw wrapError(`"${file}" could not be deleted`, error);
    }
}

/** Deletes what interrupted runs left of the folder and what it does not hold now. */
export async function deleteNotedFiles(folder: Folder, account: Account): Promise<void> {
    const { contextId } = folder;
    const noted = await notedFiles(account, folder);
    await unlessContextGone(account.agb, contextId, () => deleteLeftovers(account, contextId, noted));
}

/** The files as AGB lists them, as soon as it lists all of them. */
async function awaitListing(files: string[], folder: Folder, account: Account, until: number): Promise<Listing> {
    const lookUp = async () => {
        const found = await remoteFilesOf(account).findAllNow(folder.contextId, rootOf(folder), files);
        return files.every((file) => found.has(file)) ? found : undefined;
    };
    const listing = await waitUntilListed(lookUp, until, account);
    if (!listing) throw new Error("AGB accepted all files, but does not list all of them.");
    return listing;
}

export const fingerprints = (listing: Listing): Map<string, string> =>
    new Map([...listing].map(([path, file]) => [path, fingerprint(file)]));
