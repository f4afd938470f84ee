/** The command on a terminal of its own, whose questions a test answers. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./engines";

export const hasScript = spawnSync("script", ["--version"]).status === 0;
/** For `skipIf(!hasScript)`. */
export const needsScript = hasScript ? {} : { meta: { skipReason: "the command script is not installed" } };

/** A question ends with a colon or a list of answers, and a space. */
const QUESTION = /(?::|\[yes\/no\/details\]) (?=\r?\n|\u001b|$)/g;

/** Answers one question after another, and returns what the terminal showed. */
export async function runAtTerminal(
    command: string[],
    answers: string[],
    options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<{ exit: number | null; shown: string }> {
    const argv = [process.execPath, join(root, "dist", "cli", "main.js"), ...command];
    const terminal = spawn("script", ["-qec", argv.join(" "), "/dev/null"], options);
    let shown = "";
    let asked = 0;
    terminal.stdout.setEncoding("utf8").on("data", (part: string) => {
        shown += part;
        while ((shown.match(QUESTION) ?? []).length > asked && asked < answers.length) {
            terminal.stdin.write(`${answers[asked++] ?? ""}\r`);
        }
    });
    const exit = await new Promise<number | null>((resolve) => terminal.once("close", resolve));
    return { exit, shown };
}
