/** The context that an argument of a command names. */
import type { WireContext } from "../provider/agb";

/** An id takes precedence, because a context may have the id of another one as its name. */
export function byIdOrName(contexts: readonly WireContext[], text: string): WireContext | undefined {
    return contexts.find(({ id }) => id === text) ?? contexts.find(({ name }) => name === text);
}
