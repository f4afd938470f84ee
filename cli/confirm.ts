/** The prompt between the preview and the update. */
import { createInterface } from "node:readline/promises";

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
