/** Asks a user at a terminal. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Whether a user is at a terminal and can be asked. */
export function isInteractive(flags: { nonInteractive?: boolean } = {}): boolean {
    return !flags.nonInteractive && process.stdin.isTTY && process.stdout.isTTY;
}

/** Shows the question on standard error. Returns undefined after ^C and ^D. What is typed is not shown if it is `hidden`. */
export async function readLine(question: string, { hidden = false } = {}): Promise<string | undefined> {
    const output = hidden ? discard() : process.stderr;
    // With `terminal`, readline itself shows what is typed, on its output, instead of the terminal.
    const terminal = createInterface({ input: process.stdin, output, terminal: true });
    // From here on, the terminal shows nothing by itself.
    if (hidden) process.stderr.write(question);
    const aborted = new AbortController();
    terminal.on("SIGINT", () => aborted.abort()).on("close", () => aborted.abort());
    try {
        return (await terminal.question(hidden ? "" : question, { signal: aborted.signal })).trim();
    } catch {
        return undefined;
    } finally {
        terminal.close();
        if (hidden) process.stderr.write("\n");
    }
}

const discard = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
