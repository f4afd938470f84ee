/** Reads a value of the config from standard input: a line of a terminal, or everything that is piped in. */
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { UserError } from "../engine/model/userError";

/** Asks for the value on a terminal, where a secret is not shown while it is typed. */
export async function readValue(key: string, isSecret: boolean): Promise<string> {
    if (!process.stdin.isTTY) return (await text(process.stdin)).trim();
    const question = `Value of ${key}: `;
    const output = isSecret ? discard() : process.stderr;
    // With `terminal`, readline itself shows what is typed, on its output, instead of the terminal.
    const terminal = createInterface({ input: process.stdin, output, terminal: true });
    // From here on, the terminal shows nothing by itself.
    if (isSecret) process.stderr.write(question);
    const aborted = new AbortController();
    terminal.on("SIGINT", () => aborted.abort()).on("close", () => aborted.abort());
    try {
        return (await terminal.question(isSecret ? "" : question, { signal: aborted.signal })).trim();
    } catch {
        throw new UserError("no value was entered");
    } finally {
        terminal.close();
        if (isSecret) process.stderr.write("\n");
    }
}

const discard = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
