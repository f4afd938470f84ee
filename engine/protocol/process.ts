/** A node process that the engine starts: out of reach of the terminal's ^C, and ended with the engine whatever happens. */

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface ProcessOptions {
    script: string;
    arguments: string[];
    nodeArguments: string[];
    /** Modules to load first, besides those of every process. */
    preload?: string[];
    directory: string;
    environment: NodeJS.ProcessEnv;
    onLine(stream: "stdout" | "stderr", line: string): void;
}

export class NodeProcess {
    readonly #child: ChildProcess;
    /** Resolves when it has ended and all that it printed has been told: its exit code, or the signal that ended it. */
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
                // A process group of its own: ^C reaches the engine alone, which lets running operations finish.
                detached: true,
                stdio: ["ignore", "pipe", "pipe", "pipe"],
            },
        );
        // The lifeline breaks when the child ends; that is no error of ours.
        this.#child.stdio[3]?.on("error", () => undefined);
        for (const stream of ["stdout", "stderr"] as const) {
            createInterface({ input: this.#child[stream] as Readable }).on("line", (line) =>
                options.onLine(stream, line),
            );
        }
        const killed = (): void => this.kill();
        process.once("exit", killed);
        this.ended = new Promise((resolve, reject) => {
            this.#child.once("error", reject);
            this.#child.once("close", (code, signal) => {
                this.#hasEnded = true;
                process.removeListener("exit", killed);
                resolve(code ?? signal ?? 1);
            });
        });
        // Who does not wait for the end learns of a failed start elsewhere.
        this.ended.catch(() => undefined);
    }

    /** Lets it end by itself for so long, then ends it. */
    async end(graceMs: number): Promise<void> {
        const timer = setTimeout(() => this.kill(), graceMs);
        await this.ended.catch(() => undefined);
        clearTimeout(timer);
    }

    kill(): void {
        if (!this.#hasEnded) this.#child.kill("SIGKILL");
    }
}
