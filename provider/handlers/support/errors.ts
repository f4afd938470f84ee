/** Errors say what was attempted and on what, then what AGB said and what to do. */
import { commandLine } from "../../../common/commandLine";
import { errorMessage } from "../../../common/errorMessage";
import { shellQuoted } from "../../../common/shellQuoted";
import { forceDestroyName, type CommonInputs } from "../origin";

export function wrapError(action: string, error: unknown, advice = ""): Error {
    return new Error([`${action}: ${errorMessage(error)}`, advice].filter(Boolean).join(" "), { cause: error });
}

export async function withErrorContext<T>(action: string, call: () => Promise<T>): Promise<T> {
    try {
        return await call();
    } catch (error) {
        throw wrapError(action, error);
    }
}

/** The command that removes a resource only from the state. */
export const stateDeleteCommand = ({ __origin }: CommonInputs): string =>
    commandLine(`state delete ${shellQuoted(__origin?.urn ?? "URN")}`);

/**
 * The two ways to delete a resource whatever it holds. A destroy uses the configuration of the last `up`, so only the
 * environment variable takes effect immediately.
 */
export function forceDestroyHint(action: string, type: string, { __origin }: CommonInputs): string {
    const resource = __origin ? forceDestroyName(type, __origin) : `${type}:NAME`;
    return `To ${action}, set forceDestroy: true and run \`${commandLine("up")}\` first, or run the command again with AGB_FORCE_DESTROY=${shellQuoted(resource)} in its environment.`;
}
