/** The question between preview and update. */
import { createInterface } from "node:readline/promises";

/** Whether the user at the terminal says yes; `details` is shown to who asks for them first. ^C and ^D say no. */
export async function confirm(what: string, details: () => Promise<void>): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const left = new AbortController();
    terminal.on("SIGINT", () => left.abort()).on("close", () => left.abort());
    try {
        for (;;) {
            const question = `Do you want to perform this ${what}? [yes/no/details] `;
            const answer = (await terminal.question(question, { signal: left.signal }).catch(() => "no"))
                .trim()
                .toLowerCase();
            if (!"details".startsWith(answer) || answer === "") {
                return answer === "yes" || answer === "y";
            }
            await details();
        }
    } finally {
        terminal.close();
    }
}
