/** What `ContextFile` and `ContextFolder` share: waiting for uploaded files, whose files exist already, and errors about them. */
import { AgbApiError, findContext, type AgbClient, type WireContextFile } from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import type { Account } from "../account";
import { fileId } from "./filePaths";
import { wasHeld, type Holder } from "./fileClaims";
import type { NotedFiles } from "./fileNotes";
import { remoteFilesOf } from "./remoteFiles";

/** Repeats a look-up until it finds what was uploaded; `undefined` if AGB does not list it in time. */
export function waitUntilListed<T>(
    lookUp: () => Promise<T | undefined>,
    until: number,
    { agb }: Account,
): Promise<T | undefined> {
    return pollUntil(lookUp, { deadline: Math.min(until, Date.now() + agb.timings.listingMs) });
}

/** The result of a look-up in a context; `undefined` if the context is gone. */
export async function unlessContextGone<T>(
    agb: AgbClient,
    contextId: string,
    lookUp: () => Promise<T>,
    region?: string,
): Promise<T | undefined> {
    try {
        return await lookUp();
    } catch (error) {
        if (error instanceof AgbApiError && !(await findContext(agb, { id: contextId }, region))) return undefined;
        throw error;
    }
}

/**
 * Whose an existing file is: `"ours"` if a resource of this deployment held it before, or an interrupted run wrote it;
 * `"wanted"` if it has the wanted content; `"foreign"` otherwise. Its content is read only if that can decide.
 */
export async function ownership(
    file: WireContextFile,
    wanted: { hash: string; size?: number | undefined },
    contextId: string,
    path: string,
    noted: NotedFiles,
    account: Account,
): Promise<"ours" | "wanted" | "foreign"> {
    if (wasHeld(fileId(contextId, path))) return "ours";
    const mayBeWanted = (file.size ?? wanted.size) === wanted.size;
    if (!mayBeWanted && !noted.paths.includes(path)) return "foreign";
    const hash = await remoteFilesOf(account).hash(contextId, file);
    if (hash === wanted.hash) return "wanted";
    return noted.has(path, hash) ? "ours" : "foreign";
}

/** Two resources of one deployment have the same file. */
export function duplicateFileError(holder: Holder, what: string): Error {
    return new Error(
        `${holder.name} of this deployment manages ${what}. Two resources cannot manage one file; give one of them another path.`,
    );
}

/** The same, where both resources are in the state already. */
export const sharedFileWarning = (subject: string, holder: Holder, what: string): string =>
    `${subject}: ${holder.name} manages ${what}, so each deployment uploads both versions, and the last one wins. Give one of them another path.`;

/** Says why a resource is updated although the program has not changed. */
export const changedOutside = (subject: string, what: string): string =>
    `${subject}: the context no longer holds ${what} as uploaded, perhaps because a session has uploaded its version or removed it. This deployment uploads it again.`;

/** The context has a file that the resource did not write. */
export function existingFileError(found: string): Error {
    return new Error(
        `${found}, perhaps from a session or an interrupted run. Set overwrite: true to replace it, or choose another path.`,
    );
}

/** How many files a message names. */
const MAX_LISTED = 3;

export const formatSome = (files: readonly string[]): string =>
    files
        .slice(0, MAX_LISTED)
        .map((file) => `"${file}"`)
        .join(", ") + (files.length > MAX_LISTED ? ` and ${files.length - MAX_LISTED} others` : "");
