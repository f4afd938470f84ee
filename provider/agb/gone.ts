/** Whether a context is gone. AGB has no code for it, so a refusal alone proves nothing. */
import type { AgbClient } from "./client";
import { AgbRefusal } from "./errors";
import type { WireContext } from "./wire";

/**
 * The context with that id or name, or `undefined` where `GetContext` refuses **and** no page of `ListContexts` has it. Any
 * other trouble is thrown, so that "could not ask" is never taken for "gone".
 */
export async function findContext(agb: AgbClient, by: { id: string } | { name: string }): Promise<WireContext | undefined> {
    try {
        return await agb.getContext(by);
    } catch (error) {
        if (!(error instanceof AgbRefusal) || error.httpStatus === 401) throw error;
        for await (const context of agb.listContexts()) {
            if ("id" in by ? context.id === by.id : context.name === by.name) throw error;
        }
        return undefined;
    }
}
