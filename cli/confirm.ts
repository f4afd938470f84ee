/** The prompt before something is changed. */
import { createInterface } from "node:readline/promises";
import { UserError } from "../engine/model/userError";
import { isInteractive } from "./readLine";

/**
 * Prints what a command is about to do, and asks for confirmation unless it was called with --yes. `done` completes "nothing
 * was".
 */
export async function confirmEffects(
    operation: string,
    done: string,
    effects: string,
    yes: boolean | undefined,
): Promise<boolean> {
    process.stdout.write(effects);
    if (yes) return true;
    if (!isInteractive()) throw new UserError(`nothing was ${done}. To confirm, pass --yes.`);
    const confirmed = await confirm(operation, () => {
        process.stdout.write(effects);
        return Promise.resolve();
    });
    if (!confirmed) process.stdout.write(`confirmation declined, nothing was ${done}\n`);
    return confirmed;
}

/** Asks for confirmation, and shows the details on request. ^C and ^D mean no. */
export async function confirm(operation: string, showDetails: () => Promise<void>): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const aborted = new AbortController();
    terminal.on("SIGINT", () => aborted.abort()).on("close", () => aborted.abort());
    try {
        for (;;) {
            const question = `Do you want to perform this ${operation}? [yes/no/details] `;
            const answer = (await terminal.question(question, { signal: aborted.signal }).catch(() => "no"))
                .trim()
                .toLowerCase();
            if (!"details".startsWith(answer) || answer === "") {
                return answer === "yes" || answer === "y";
            }
            await showDetails();
        }
    } finally {
        terminal.close();
    }
}
