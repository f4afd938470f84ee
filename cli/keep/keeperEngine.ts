/** The engine of a keeper, as a command in a process of its own: `pulumi` if it is installed, otherwise the embedded one. */
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { UserError } from "../../engine/model/userError";
import type { StoredDeployment, VersionedDeployment } from "../../engine/state/checkpoint";
import { isOnPath } from "../onPath";

/** A state has at most a few megabytes. The output of a program has no limit. */
const MAX_OUTPUT = 64 * 1024 * 1024;

interface Outcome {
    succeeded: boolean;
    stdout: string;
    /** The error, in one line. */
    failure: string;
}

export interface EngineOptions {
    cwd: string;
    stack: string;
    /** The environment, with the passphrase of the stack if the user was asked for it. */
    environment: NodeJS.ProcessEnv;
}

export class KeeperEngine {
    readonly #options: EngineOptions;
    readonly #command: string[];
    #running: ChildProcess | undefined;
    readonly name: string;

    constructor(options: EngineOptions) {
        const isPulumi = isOnPath("pulumi");
        // The variables with which messages name the commands of the embedded engine.
        const { PULUMI_AGB_COMMAND: _command, PULUMI_AGB_STACK: _stack, ...environment } = options.environment;
        this.#options = { ...options, environment };
        this.#command = isPulumi ? ["pulumi"] : [process.execPath, join(__dirname, "..", "main.js")];
        this.name = isPulumi ? "the pulumi command" : "the embedded engine";
    }

    up = (): Promise<Outcome> => this.#run("up", "--yes", "--skip-preview", "--non-interactive");

    destroy = (): Promise<Outcome> => this.#run("destroy", "--yes", "--skip-preview", "--non-interactive");

    /** The outputs of the stack as JSON. */
    async outputs(showSecrets: boolean): Promise<string> {
        return this.#read("stack", "output", "--json", ...(showSecrets ? ["--show-secrets"] : []));
    }

    async exportState(): Promise<StoredDeployment> {
        const stored = JSON.parse(await this.#read("stack", "export")) as VersionedDeployment;
        return stored.deployment ?? {};
    }

    /** What ^C does: operations in progress finish, and no other starts. The second time ends the command immediately. */
    interrupt(): void {
        this.#running?.kill("SIGINT");
    }

    async #read(...args: string[]): Promise<string> {
        const { succeeded, stdout, failure } = await this.#run(...args);
        if (!succeeded) throw new UserError(failure);
        return stdout;
    }

    #run(...args: string[]): Promise<Outcome> {
        const { cwd, stack, environment } = this.#options;
        const [file = "", ...first] = this.#command;
        // In a process group of its own, so ^C reaches it only through `interrupt`.
        const child = spawn(file, [...first, ...args, "--stack", stack], {
            cwd,
            env: environment,
            detached: true,
            stdio: ["ignore", "pipe", "pipe"],
        });
        this.#running = child;
        let stdout = "";
        let all = "";
        child.stdout.setEncoding("utf8").on("data", (part: string) => {
            stdout = (stdout + part).slice(-MAX_OUTPUT);
            all = (all + part).slice(-MAX_OUTPUT);
        });
        child.stderr.setEncoding("utf8").on("data", (part: string) => (all = (all + part).slice(-MAX_OUTPUT)));
        return new Promise((resolve) => {
            const end = (succeeded: boolean, failure: string): void => {
                if (this.#running === child) this.#running = undefined;
                resolve({ succeeded, stdout, failure });
            };
            child.once("error", (error) => end(false, error.message));
            child.once("close", (status) => end(status === 0, failureOf(all, status)));
        });
    }
}

/** The first error that a command has printed. */
function failureOf(output: string, status: number | null): string {
    const lines = output.split("\n").map((line) => line.trim());
    const index = lines.findIndex((line) => /^error: /.test(line) && !/^error: update failed/.test(line));
    if (index < 0) return lines.findLast((line) => line !== "") ?? `exit status ${status ?? "unknown"}`;
    const error = (lines[index] ?? "").replace(/^error: /, "");
    return error.endsWith(":") ? `${error} ${lines[index + 1] ?? ""}` : error;
}
