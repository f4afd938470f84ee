/** A node process that the engine starts: shielded from ^C in the terminal, and always ended together with the engine. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface ProcessOptions {
    script: string;
    arguments: string[];
    nodeArguments: string[];
    /** Modules to preload in addition to those of every process. */
    preload?: string[];
    directory: string;
    environment: NodeJS.ProcessEnv;
    onLine(stream: "stdout" | "stderr", line: string): void;
}

export class NodeProcess {
    readonly #child: ChildProcess;
    /** Resolves with the exit code or the signal, after all output has been reported. */
    readonly ended: Promise<number | NodeJS.Signals>;
    #hasEnded = false;

    constructor(options: ProcessOptions) {
        const preload = [
            require.resolve("./exitWithParent"),
            require.resolve("./deferLoading"),
            ...(options.preload ?? []),
        ].flatMap((module) => ["--require", module]);
        this.#child = spawn(
            process.execPath,
            [...preload, ...options.nodeArguments, options.script, ...options.arguments],
            {
                cwd: options.directory,
                env: options.environment,
                // In its own process group, so that ^C reaches only the engine, which lets running operations finish.
                detached: true,
                stdio: ["ignore", "pipe", "pipe", "pipe"],
            },
        );
        // The lifeline breaks when the child exits, which is expected.
        this.#child.stdio[3]?.on("error", () => undefined);
        for (const stream of ["stdout", "stderr"] as const) {
            createInterface({ input: this.#child[stream] as Readable }).on("line", (line) =>
                options.onLine(stream, line),
            );
        }
        const killWithEngine = (): void => this.kill();
        process.once("exit", killWithEngine);
        this.ended = new Promise((resolve, reject) => {
            this.#child.once("error", reject);
            this.#child.once("close", (code, signal) => {
                this.#hasEnded = true;
                process.removeListener("exit", killWithEngine);
                resolve(code ?? signal ?? 1);
            });
        });
        // Callers that do not wait for the exit learn of a failed start in other ways.
        this.ended.catch(() => undefined);
    }

    /** Waits for the process to exit, and kills it after the grace period. */
    async end(graceMs: number): Promise<void> {
        const timer = setTimeout(() => this.kill(), graceMs);
        await this.ended.catch(() => undefined);
        clearTimeout(timer);
    }

    kill(): void {
        if (!this.#hasEnded) this.#child.kill("SIGKILL");
    }
}
