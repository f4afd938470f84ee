/** The outputs of a kept stack: in a file, and announced to a command whenever they change. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { replaceFile } from "../../common/replaceFile";
import type { Report } from "./events";

/** What the command does not get, since it may start processes that outlive it. */
const SECRET_VARIABLES =
    /^(AGB_API_KEY|PULUMI_CONFIG_PASSPHRASE|PULUMI_CONFIG_PASSPHRASE_FILE|PULUMI_ACCESS_TOKEN|PULUMI_AGB_.*)$/i;
/** How long the command may take to end after SIGTERM. */
const GRACE_MS = 10_000;

export interface OutputsOptions {
    /** Where the outputs are written. */
    file: string | undefined;
    /** A line for a shell, which runs in this folder. */
    command: string | undefined;
    cwd: string;
    read: () => Promise<string>;
    report: Report;
}

export class KeptOutputs {
    readonly #options: OutputsOptions;
    #last: string | undefined;
    #running: ChildProcess | undefined;
    /** Ends when the last command has ended. */
    #commands: Promise<void> = Promise.resolve();
    #isStopping = false;

    constructor(options: OutputsOptions) {
        this.#options = options;
    }

    /** Writes the file and starts the command, if the outputs differ from what the file contains. */
    async update(): Promise<void> {
        const { file, command, read, report } = this.#options;
        if (file === undefined && command === undefined) return;
        const outputs = await read();
        this.#last ??= file === undefined ? undefined : await readFile(file, "utf8").catch(() => undefined);
        if (outputs === this.#last) return;
        if (file !== undefined) {
            await replaceFile(file, outputs);
            report("outputs", `outputs written to ${file}`, { file });
        }
        this.#last = outputs;
        if (command !== undefined) this.#commands = this.#commands.then(() => this.#announce(command));
    }

    /** Ends the command, if it is running. */
    async stop(): Promise<void> {
        this.#isStopping = true;
        signalGroup(this.#running, "SIGTERM");
        const timer = setTimeout(() => signalGroup(this.#running, "SIGKILL"), GRACE_MS);
        await this.#commands;
        clearTimeout(timer);
    }

    async #announce(command: string): Promise<void> {
        if (this.#isStopping) return;
        const { cwd, report } = this.#options;
        const environment = Object.entries(process.env).filter(([name]) => !SECRET_VARIABLES.test(name));
        // Standard output contains only events.
        const child = spawn(command, {
            shell: true,
            cwd,
            env: Object.fromEntries(environment),
            detached: true,
            stdio: ["ignore", process.stderr, process.stderr],
        });
        this.#running = child;
        const end = await new Promise<string>((resolve) => {
            child.once("error", (error) => resolve(`could not be started: ${error.message}`));
            child.once("exit", (status, signal) =>
                resolve(signal ? `was ended by ${signal}` : `exit status ${status}`),
            );
        });
        this.#running = undefined;
        report("command", `command of --on-change: ${end}`);
    }
}

/** The command is a shell, which has started others. */
function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): void {
    try {
        if (child?.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
        // It has just ended.
    }
}
