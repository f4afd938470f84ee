/** Runs the command `pulumi-agb local` as a child process. */
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { start, type RunningProcess } from "../../support/processes";

const COMMAND = resolve(__dirname, "../../../dist/cli/main.js");

export interface ServerProcess {
    child: ChildProcess;
    endpoint: string;
    /** The key in the data folder. */
    apiKey: string;
    /** The output so far. */
    readonly output: () => string;
    /** Sends a signal and returns the exit status, or the signal that killed the process. */
    end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null>;
}

/** Runs the command until it exits. */
export async function runLocal(
    args: string[],
    env: NodeJS.ProcessEnv = {},
): Promise<{ status: number | null; output: string }> {
    const { exit, text } = await launch(args, env).ended;
    return { status: exit, output: text };
}

/** Starts the command and waits until it is ready. */
export async function startProcess(
    dataFolder: string,
    args: string[] = [],
    env: NodeJS.ProcessEnv = {},
): Promise<ServerProcess> {
    const { child, output, ended } = launch(["--data", dataFolder, ...args], env);
    const exited = new AbortController();
    void ended.then(() => exited.abort());
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
                    const { exit, signal: killedBy } = await ended;
                    return exit ?? killedBy;
                },
            };
        }
        if (exited.signal.aborted) throw new Error(`the server exited: ${output()}`);
        await new Promise((done) => setTimeout(done, 20));
    }
}

function launch(args: string[], env: NodeJS.ProcessEnv): RunningProcess {
    const { AGB_API_KEY: _key, AGB_LOCAL_DATA: _data, ...inherited } = process.env;
    return start([process.execPath, COMMAND, "local", ...args], { env: { ...inherited, ...env } });
}
