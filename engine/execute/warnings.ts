/** Long messages for the user. */

import { commandLine } from "../../common/commandLine";
import type { PendingOperation } from "../model/types";
import { parseUrn } from "../model/urn";

/** How many operations one line names. */
const MAX_NAMED = 3;

/**
 * One line says what to do. Below it is Pulumi's own wording, so that what users find about it applies here too. Only
 * Pulumi's refresh asks about pending creations.
 */
export function pendingOperationsWarning(operations: readonly PendingOperation[]): string {
    return `${interruptedLine(operations)}\n${pulumiWarning(operations)}`;
}

function interruptedLine(operations: readonly PendingOperation[]): string {
    const named = operations.slice(0, MAX_NAMED).map(({ resource: { urn }, type }) => {
        const { type: token, name } = parseUrn(urn);
        return `${type} ${token.slice(token.lastIndexOf(":") + 1)} "${name}"`;
    });
    const others = operations.length - named.length;
    const list = `${named.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
    const next = operations.some(({ type }) => type === "creating")
        ? `Check that nothing of it is left over after this run, then clear this warning with \`${commandLine("refresh --clear-pending-creates")}\`.`
        : "No action is needed.";
    return `An earlier run stopped while ${list}. ${next}`;
}

function pulumiWarning(operations: readonly PendingOperation[]): string {
    const list = operations.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}\n`).join("");
    return (
        `Attempting to deploy or update resources with ${operations.length} pending operations from previous deployment.\n${list}` +
        "These resources are in an unknown state because the Pulumi CLI was interrupted while waiting for changes to these resources to complete. " +
        "You should confirm whether or not the operations listed completed successfully by checking the state of the appropriate provider. " +
        "For example, if you are using AWS, you can confirm using the AWS Console.\n\n" +
        `Once you have confirmed the status of the interrupted operations, you can repair your stack using \`${commandLine("refresh")}\` ` +
        "which will refresh the state from the provider you are using and clear the pending operations if there are any.\n\n" +
        `Note that only \`${commandLine("refresh --clear-pending-creates")}\` clears pending CREATE operations.`
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
