/** Whether a context or a session exists. A call that fails for another reason never counts as evidence. */
import type { AgbClient } from "./client";
import { AgbApiError, isKeyRejected } from "./errors";
import { SessionStatus } from "./policy";
import { SESSION_NOT_FOUND, type WireContext } from "./wire";

/**
 * Returns the context with the given id or name, or `undefined` if it does not exist. AGB has no error code for a missing
 * context, so a rejected lookup counts only if the listing does not contain the context either, or if AGB says that it
 * found no context of that name. Other failures are thrown. A name is looked up in the given or the default region.
 *
 * @example
 * import { findContext } from "pulumi-agb/client";
 *
 * const notes = (await findContext(client, { name: "notes" })) ?? (await client.ensureContext("notes"));
 */
export async function findContext(agb: AgbClient, by: ContextKey, region?: string): Promise<WireContext | undefined> {
    return lookUpContext(agb, by, region, () => isListed(agb, by, region));
}

type ContextKey = { id: string } | { name: string };

/** Like {@link findContext}. `isListed` says whether the listing of contexts contains this one. */
export async function lookUpContext(
    agb: AgbClient,
    by: ContextKey,
    region: string | undefined,
    isListed: () => Promise<boolean>,
): Promise<WireContext | undefined> {
    try {
        return await agb.getContext(by, region);
    } catch (error) {
        if (!(error instanceof AgbApiError) || isKeyRejected(error)) throw error;
        // The listing does not say where a context is, so it proves nothing about a name in a region.
        if ("name" in by && saysNotFound(error)) return undefined;
        if (await isListed()) throw error;
        return undefined;
    }
}

async function isListed(agb: AgbClient, by: ContextKey, region: string | undefined): Promise<boolean> {
    for await (const { id, name } of agb.listContexts(region)) {
        if ("id" in by ? id === by.id : name === by.name) return true;
    }
    return false;
}

const saysNotFound = ({ code, serverMessage, httpStatus }: AgbApiError): boolean =>
    httpStatus < 500 && /not.?found|not exist/i.test(`${code} ${serverMessage}`);

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
