/** Long messages for the user. */

import { commandName } from "../../common/commandName";
import type { PendingOperation } from "../model/types";

/** Pulumi's own wording, so that what users find about it applies here too. Only Pulumi's refresh asks about pending creations. */
export function pendingOperationsWarning(operations: readonly PendingOperation[]): string {
    const list = operations.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
    return (
        `Attempting to deploy or update resources with ${operations.length} pending operations from previous deployment.\n${list}` +
        "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these resources to complete. " +
        "You should confirm whether or not the operations listed completed successfully by checking the state of the appropriate provider. " +
        "For example, if you are using AWS, you can confirm using the AWS Console.\n\n" +
        `Once you have confirmed the status of the interrupted operations, you can repair your stack using \`${commandName()} refresh\` ` +
        "which will refresh the state from the provider you are using and clear the pending operations if there are any.\n\n" +
        `Note that only \`${commandName()} refresh --clear-pending-creates\` clears pending CREATE operations.`
    );
}

/** `unfinished` holds only what the program had registered before the interruption. */
export function interruptedWarning(unfinished: readonly string[]): string {
    const remaining =
        unfinished.length === 0
            ? "No known operations remain."
            : `Not done:${unfinished.map((urn) => `\n  * ${urn}`).join("")}`;
    return `The deployment was interrupted. Running operations have finished and are saved. ${remaining}\nRun the same command again to continue.`;
}
