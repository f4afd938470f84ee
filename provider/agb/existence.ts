/** Whether a context or a session exists. A call that fails for another reason never counts as evidence. */
import type { AgbClient } from "./client";
import { AgbApiError, isKeyRejected } from "./errors";
import { SessionStatus } from "./policy";
import { SESSION_NOT_FOUND, type WireContext } from "./wire";

/**
 * Returns the context with the given id or name, or `undefined` if it does not exist. AGB has no error code for a missing
 * context, so a rejected lookup counts only if the listing does not contain the context either. Other failures are thrown.
 * A name is looked up in the given or the default region.
 *
 * @example
 * import { findContext } from "pulumi-agb/client";
 *
 * const notes = (await findContext(client, { name: "notes" })) ?? (await client.ensureContext("notes"));
 */
export async function findContext(
    agb: AgbClient,
    by: { id: string } | { name: string },
    region?: string,
): Promise<WireContext | undefined> {
    try {
        return await agb.getContext(by, region);
    } catch (error) {
        if (!(error instanceof AgbApiError) || isKeyRejected(error)) throw error;
        for await (const context of agb.listContexts(region)) {
            if ("id" in by && context.id === by.id) throw error;
            // A context of that name may be in another region, because the listing does not say where a context is.
            if ("name" in by && context.name === by.name && !saysNotFound(error)) throw error;
        }
        return undefined;
    }
}

function saysNotFound({ code, serverMessage }: AgbApiError): boolean {
    return /not.?found|not exist/i.test(`${code} ${serverMessage}`);
}

const ENDED: readonly string[] = [SessionStatus.Deleted, SessionStatus.Finish];

/**
 * Returns how far a session's release has progressed: `undefined` while the session is running, `"releasing"` while AGB
 * may still upload its mounts, and `"gone"` once it has ended or AGB no longer knows it. Other failures are thrown.
 */
export async function sessionEndState(agb: AgbClient, sessionId: string): Promise<"releasing" | "gone" | undefined> {
    try {
        const status = ((await agb.getSessionStatus(sessionId)) ?? "").toUpperCase();
        if (ENDED.includes(status)) return "gone";
        return status === SessionStatus.Deleting ? "releasing" : undefined;
    } catch (error) {
        if (error instanceof AgbApiError && error.code === SESSION_NOT_FOUND) return "gone";
        throw error;
    }
}
