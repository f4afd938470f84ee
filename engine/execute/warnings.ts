/** Long texts for the user. */

import type { PendingOperation } from "../model/types";

/** In the words that Pulumi uses, so that what people find about them applies here too. */
export function pendingOperationsWarning(operations: readonly PendingOperation[]): string {
    const list = operations.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
    return (
        `Attempting to deploy or update resources with ${operations.length} pending operations from previous deployment.\n${list}` +
        "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these resources to complete. " +
        "You should confirm whether or not the operations listed completed successfully by checking the state of the appropriate provider. " +
        "For example, if you are using AWS, you can confirm using the AWS Console.\n\n" +
        "Once you have confirmed the status of the interrupted operations, you can repair your stack using `pulumi refresh` " +
        "which will refresh the state from the provider you are using and clear the pending operations if there are any.\n\n" +
        "Note that `pulumi refresh` will need to be run interactively to clear pending CREATE operations."
    );
}

/** What an interrupted deployment leaves to do, as far as the program had said it. */
export function interruptedWarning(unfinished: readonly string[]): string {
    const list = unfinished.map((urn) => `\n  * ${urn}`).join("");
    const left = unfinished.length === 0 ? "Nothing that is known of was left undone." : `Not done:${list}`;
    return `The deployment was interrupted. What was in flight has been finished and saved. ${left}\nRun the same command again to go on.`;
}
