/** Errors say what was attempted, on what, and then what AGB said. */

import type { CommonInputs } from "../contract";

export function wrapError(action: string, error: unknown, advice = ""): Error {
    const said = error instanceof Error ? error.message : String(error);
    return new Error([`${action}: ${said}`, advice].filter(Boolean).join(" "), { cause: error });
}

export async function withErrorContext<T>(action: string, call: () => Promise<T>): Promise<T> {
    try {
        return await call();
    } catch (error) {
        throw wrapError(action, error);
    }
}

/**
 * Both ways to delete a resource whatever it holds. A destroy sees the configuration of the last `up` alone, so that only the environment
 * reaches it at once.
 */
export function forceDestroyHint(without: string, { __origin }: CommonInputs): string {
    return `To ${without}, set forceDestroy: true and run \`pulumi up\` first, or run the command again with AGB_FORCE_DESTROY=${__origin?.name ?? "NAME"} in its environment.`;
}
