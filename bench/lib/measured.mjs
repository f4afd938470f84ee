/** Runs a command and measures its wall time and the CPU time of its whole process tree. */
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

const WRAPPER = join(import.meta.dirname, "usage.py");

/** Whether a command exists. */
export const isInstalled = (file, argument = "--version") => spawnSync(file, [argument]).status === 0;

/** Runs a command line to its end. Throws with its output if it fails. */
export async function measured(argv, { cwd, env = process.env } = {}) {
    const child = spawn("python3", [WRAPPER, ...argv], { cwd, env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
    const [stdout, stderr, usage, exit] = await Promise.all([
        ...[1, 2, 3].map((index) => textOf(child.stdio[index])),
        new Promise((resolve, reject) => child.once("error", reject).once("close", resolve)),
    ]);
    if (exit !== 0 || usage === "") throw new Error(`${argv.join(" ")} exited with ${exit}:\n${stdout}${stderr}`);
    return { ...JSON.parse(usage), stdout };
}

async function textOf(stream) {
    let text = "";
    for await (const part of stream.setEncoding("utf8")) text += part;
    return text;
}
