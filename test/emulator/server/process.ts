/** The command `pulumi-agb local` as a process of its own. */
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { start, type RunningProcess } from "../../support/processes";

export const COMMAND = resolve(__dirname, "../../../dist/cli/main.js");

export interface ServerProcess {
    child: ChildProcess;
    endpoint: string;
    /** The key that the data folder keeps. */
    apiKey: string;
    /** What it has printed. */
    readonly output: () => string;
    /** Ends it and gives its exit status, or the signal that ended it. */
    end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Runs the command to its end. */
export async function runLocal(
    args: string[],
    env: NodeJS.ProcessEnv = {},
): Promise<{ status: number | null; output: string }> {
    const { exit, text } = await launch(args, env).ended;
    return { status: exit, output: text };
}

/** Starts the command and waits until it answers. */
export async function startProcess(
    dataFolder: string,
    args: string[] = [],
    env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
    const { child, output, ended } = launch(["--data", dataFolder, ...args], env);
    const over = new AbortController();
    void ended.then(() => over.abort());
    for (;;) {
        const endpoint = /^Local AGB at (\S+)$/m.exec(output())?.[1];
        if (endpoint !== undefined && output().includes("Use it with")) {
            const apiKey = (await readFile(join(dataFolder, "api-key"), "utf8")).trim();
            return {
                child,
                endpoint,
                apiKey,
                output,
                async end(signal) {
                    child.kill(signal);
                    const { exit, signal: by } = await ended;
                    return exit ?? by;
                },
            };
        }
        if (over.signal.aborted) throw new Error(`it ended: ${output()}`);
        await new Promise((done) => setTimeout(done, 20));
    }
}

function launch(args: string[], env: NodeJS.ProcessEnv): RunningProcess {
    const { AGB_API_KEY: _key, AGB_LOCAL_DATA: _data, ...inherited } = process.env;
    return start([process.execPath, COMMAND, "local", ...args], { env: { ...inherited, ...env } });
}
