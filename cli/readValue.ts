/** Reads a value of the config from standard input: a line of a terminal, or everything that is piped in. */
import { text } from "node:stream/consumers";
import { UserError } from "../engine/model/userError";
import { readLine } from "./readLine";

/** Asks for the value on a terminal, where a secret is not shown while it is typed. */
export async function readValue(key: string, isSecret: boolean): Promise<string> {
    if (!process.stdin.isTTY) return (await text(process.stdin)).trim();
    const value = await readLine(`Value of ${key}: `, { hidden: isSecret });
    if (value === undefined) throw new UserError("no value was entered");
    return value;
}
