/** What has become of the files of a `ContextFolder` since they were uploaded. */
import { forEachConcurrently } from "../../../common/concurrency";
import type { Account } from "../account";
import { withErrorContext } from "../support/errors";
import { unlessContextGone } from "./contextFiles";
import { fromRecord, rootOf, subject, type ContextFolderState } from "./folderState";
import type { HeldFiles } from "./folderSync";
import { CONCURRENCY } from "./localFolder";
import { fingerprint, remoteFilesOf, sizeIn, type Listing } from "./remoteFiles";

/**
 * The files that the context holds for the state. Those in `changed` are gone or have other content, and so an empty hash.
 * Whether the context itself exists is for a refresh to find out.
 */
export async function inspect(state: ContextFolderState, account: Account): Promise<HeldFiles & { changed: string[] }> {
    const hashes = fromRecord(state.files);
    const listed = fromRecord(state.__listed);
    const changed: string[] = [];
    await withErrorContext(`${subject(state)} could not be compared with the context`, async () => {
        const listing = await findFiles(state, account);
        if (!listing) return;
        await forEachConcurrently([...hashes], CONCURRENCY, async ([file, hash]) => {
            const found = listing.get(file);
            const before = listed.get(file) ?? "";
            if (found && fingerprint(found) === before) return;
            listed.set(file, fingerprint(found));
            const mayBeSame = found && (sizeIn(before) ?? found.size) === found.size;
            if (mayBeSame && (await remoteFilesOf(account).hash(state.contextId, found)) === hash) return;
            hashes.set(file, "");
            changed.push(file);
        });
    });
    return { hashes, listed, changed: changed.sort() };
}

/** The files of the state as AGB lists them; `undefined` if the context is gone. */
export function findFiles(state: ContextFolderState, account: Account): Promise<Listing | undefined> {
    const { contextId, files } = state;
    return unlessContextGone(account.agb, contextId, () =>
        remoteFilesOf(account).findAll(contextId, rootOf(state), [...fromRecord(files).keys()]),
    );
}
