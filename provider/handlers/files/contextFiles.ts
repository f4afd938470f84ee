/** What `ContextFile` and `ContextFolder` share: waiting for uploaded files, and errors about files that exist already. */
import { AgbApiError, findContext, type AgbClient } from "../../agb/index";
import { pollUntil } from "../../agb/polling";

/** How long AGB may take to list a file after its upload. */
const LISTING_TIMEOUT_MS = 60_000;

/** Repeats a look-up until it finds what was uploaded; `undefined` if AGB does not list it in time. */
export function waitUntilListed<T>(lookUp: () => Promise<T | undefined>, until: number): Promise<T | undefined> {
    return pollUntil(lookUp, { deadline: Math.min(until, Date.now() + LISTING_TIMEOUT_MS) });
}

/** The result of a look-up in a context; `undefined` if the context is gone. */
export async function unlessContextGone<T>(
    agb: AgbClient,
    contextId: string,
    lookUp: () => Promise<T>,
): Promise<T | undefined> {
    try {
        return await lookUp();
    } catch (error) {
        if (error instanceof AgbApiError && !(await findContext(agb, { id: contextId }))) return undefined;
        throw error;
    }
}

/** Two resources of one deployment have the same file. */
export function duplicateFileError(attempted: string, what: string): Error {
    return new Error(
        `${attempted}: another resource of this deployment has already written ${what}. Two resources cannot manage one file; give one of them another path.`,
    );
}

/** The context has a file that the resource did not write. */
export function existingFileError(attempted: string, found: string): Error {
    return new Error(
        `${attempted}: ${found}, perhaps from a session or an interrupted run. Set overwrite: true to replace it, or choose another path.`,
    );
}
