/** The question between preview and update. */
import { createInterface } from "node:readline/promises";

const WORDS: Readonly<Record<string, string>> = { up: "update", refresh: "refresh", destroy: "destroy" };

/** Whether the user at the terminal says yes. */
export async function confirm(command: string): Promise<boolean> {
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    try {
        const answer = await terminal.question(`Do you want to perform this ${WORDS[command] ?? command}? [yes/no] `);
        return /^y(es)?$/i.test(answer.trim());
    } finally {
        terminal.close();
    }
}
