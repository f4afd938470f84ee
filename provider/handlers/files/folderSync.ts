/** Brings a context up to date with a local folder: uploads, deletions and listings. */
import { join, resolve } from "node:path";
import { forEachConcurrently } from "../../../common/concurrency";
import { errorMessage } from "../../../common/errorMessage";
import { mayHaveTakenEffect } from "../../agb/index";
import type { Account } from "../account";
import { PartialFailure } from "../contract";
import { withErrorContext, wrapError } from "../support/errors";
import { trimTrailingSlash } from "../support/paths";
import { Progress } from "../support/progress";
import { abortAt, deadline } from "../support/timeouts";
import { duplicateFileError, existingFileError, unlessContextGone, waitUntilListed } from "./contextFiles";
import {
    fileId,
    idOf,
    pathInContext,
    stateOf,
    subject,
    type ContextFolderInputs,
    type ContextFolderState,
    type Folder,
    type Listing,
} from "./folderState";
import { CONCURRENCY, type Hashes } from "./localFolder";

/** How many files a message names. */
const MAX_LISTED = 3;

/** Uploads new and changed files, deletes the others, and returns the new state. `held` is what the context has. */
export async function reconcile(
    held: Hashes,
    inputs: ContextFolderInputs,
    account: Account,
    operation: "create" | "update",
): Promise<ContextFolderState> {
    const until = deadline(inputs, operation);
    const { files } = inputs;
    const attempted = `${subject(inputs)} could not be ${operation === "create" ? "uploaded" : "updated"}`;
    const changed = Object.keys(files).filter((file) => held[file] !== files[file]);
    const added = changed.filter((file) => !(file in held));
    await assertNotExisting(added, inputs, account, attempted);

    const uploaded: Hashes = { ...held };
    const progress = new Progress(inputs, account.reporter);
    let done = 0;
    try {
        const signal = abortAt(until);
        await forEachConcurrently(changed, CONCURRENCY, async (file) => {
            await upload(file, inputs, account, signal, uploaded);
            progress.update(`${++done} of ${changed.length} files uploaded`);
        });
        const removed = Object.keys(held).filter((file) => !(file in files));
        await deleteFiles(removed, inputs, account);
        for (const file of removed) Reflect.deleteProperty(uploaded, file);
        progress.end();
        return stateOf(inputs, uploaded, await awaitListing(uploaded, inputs, account, until));
    } catch (error) {
        const failed = wrapError(
            `${attempted} completely (${done} of ${changed.length} files uploaded)`,
            error,
            "Run `pulumi up` again to upload the rest, or allow more time with customTimeouts.",
        );
        if (Object.keys(uploaded).length === 0) throw failed;
        throw new PartialFailure(idOf(inputs), stateOf(inputs, uploaded, new Map()), failed.message);
    }
}

/** Uploads one file and notes its hash, or an empty hash if it may have arrived in part. */
async function upload(
    file: string,
    folder: Folder,
    account: Account,
    signal: AbortSignal,
    uploaded: Hashes,
): Promise<void> {
    account.filesWritten.add(fileId(folder, file));
    const source = { file: join(resolve(folder.source), file) };
    try {
        const path = pathInContext(folder, file);
        const { hash } = await account.agb.uploadContextFile(folder.contextId, path, source, { signal });
        uploaded[file] = hash;
    } catch (error) {
        if (mayHaveTakenEffect(error)) uploaded[file] = "";
        throw new Error(`"${file}": ${errorMessage(error)}`, { cause: error });
    }
}

async function assertNotExisting(added: string[], folder: Folder, account: Account, attempted: string): Promise<void> {
    if (added.length === 0) return;
    const duplicates = added.filter((file) => account.filesWritten.has(fileId(folder, file)));
    if (duplicates.length > 0) throw duplicateFileError(attempted, formatSome(duplicates));
    if (folder.overwrite) return;
    const listing = await withErrorContext(attempted, () => listFiles(folder, account));
    const existing = added.filter((file) => listing.has(file));
    if (existing.length > 0) throw existingFileError(attempted, `the context already has ${formatSome(existing)}`);
}

/** Deletes files from the context. Files that are gone, or that another resource has written meanwhile, are fine. */
export async function deleteFiles(files: string[], folder: Folder, account: Account): Promise<void> {
    const failures = new Map<string, unknown>();
    await forEachConcurrently(
        files.filter((file) => !account.filesWritten.has(fileId(folder, file))),
        CONCURRENCY,
        (file) =>
            account.agb
                .deleteContextFile(folder.contextId, pathInContext(folder, file))
                .catch((error: unknown) => void failures.set(file, error)),
    );
    if (failures.size === 0) return;
    const listing = await findFiles(folder, account);
    for (const [file, error] of failures) {
        if (listing?.has(file)) {
            throw new Error(`"${file}" could not be deleted: ${errorMessage(error)}`, { cause: error });
        }
    }
}

/** The folder's files as AGB lists them, as soon as it lists all the given ones. */
async function awaitListing(files: Hashes, folder: Folder, account: Account, until: number): Promise<Listing> {
    const paths = Object.keys(files);
    if (paths.length === 0) return new Map();
    const listing = await waitUntilListed(async () => {
        const found = await listFiles(folder, account);
        return paths.every((file) => found.has(file)) ? found : undefined;
    }, until);
    if (!listing) throw new Error("AGB accepted all files, but does not list all of them.");
    return listing;
}

/** The folder's files as AGB lists them; `undefined` if the context is gone. */
export function findFiles(folder: Folder, account: Account): Promise<Listing | undefined> {
    return unlessContextGone(account.agb, folder.contextId, () => listFiles(folder, account));
}

async function listFiles({ contextId, path }: Folder, { agb }: Account): Promise<Listing> {
    const files: Listing = new Map();
    const root = trimTrailingSlash(path);
    for await (const file of agb.walkContextFiles(contextId, root)) {
        files.set(file.filePath.slice(root.length + 1), file);
    }
    return files;
}

const formatSome = (files: string[]): string =>
    files
        .slice(0, MAX_LISTED)
        .map((file) => `"${file}"`)
        .join(", ") + (files.length > MAX_LISTED ? ` and ${files.length - MAX_LISTED} others` : "");
