/** Whether a context or a session is gone: never concluded from a call that failed for another reason. */
import type { AgbClient } from "./client";
import { AgbApiError } from "./errors";
import { SessionStatus } from "./policy";
import { SESSION_NOT_FOUND, type WireContext } from "./wire";

/**
 * The context with that id or name, or `undefined` where `GetContext` refuses **and** no page of `ListContexts` has it: AGB
 * has no code for that, so a refusal alone proves nothing. Any other trouble is thrown.
 */
export async function findContext(
    agb: AgbClient,
    by: { id: string } | { name: string },
): Promise<WireContext | undefined> {
    try {
        return await agb.getContext(by);
    } catch (error) {
        if (!(error instanceof AgbApiError) || error.httpStatus === 401) throw error;
        for await (const context of agb.listContexts()) {
            if ("id" in by ? context.id === by.id : context.name === by.name) throw error;
        }
        return undefined;
    }
}

const OVER: readonly string[] = [SessionStatus.Deleted, SessionStatus.Finish];

/**
 * How far the end of a session has come: `undefined` while it lives, `"releasing"` while AGB may still upload its mounts, `"gone"` when it is over or AGB does
 * not know it any more. Any other trouble is thrown.
 */
export async function sessionEndState(agb: AgbClient, sessionId: string): Promise<"releasing" | "gone" | undefined> {
    try {
        const status = ((await agb.getSessionStatus(sessionId)) ?? "").toUpperCase();
        return OVER.includes(status) ? "gone" : status === SessionStatus.Deleting ? "releasing" : undefined;
    } catch (error) {
        if (error instanceof AgbApiError && error.code === SESSION_NOT_FOUND) return "gone";
        throw error;
    }
}
