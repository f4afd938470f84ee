/** A sandbox that exists: process 1, which keeps its namespaces alive, and the commands that have entered them. */
import type { ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { open, readlink, type FileHandle } from "node:fs/promises";
import { ToolFailure } from "../tool";
import { startCommand, type CommandResult, type RunningCommand, type RunOptions } from "./command";
import { FIRST_INPUT_FD, INFO_FD, type Sandbox } from "./sandbox";
import type { SandboxFs } from "./sandboxFs";
import { feed, spawnIsolated } from "./spawnIsolated";

/** Limits of a command: processes (not enforced for root), bytes of memory per process, and no core files. */
const LIMITS = ["--nproc=2048", "--data=2147483648", "--core=0"];
const NO_PRIVILEGES = ["--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"];
const OPEN_TIMEOUT_MS = 30_000;

/** The kinds of namespaces, with the options of nsenter that join them. */
const NAMESPACES = {
    user: "--user",
    mnt: "--mount",
    pid: "--pid",
    net: "--net",
    ipc: "--ipc",
    uts: "--uts",
    cgroup: "--cgroup",
};
/** Those that every sandbox has. */
const REQUIRED = ["mnt", "pid", "net", "ipc", "uts"];

export class RunningSandbox {
    /** Resolves when none of its processes exists any longer. */
    readonly ended: Promise<void>;
    readonly #commands = new Set<RunningCommand>();
    readonly #enter: readonly string[];
    readonly #kill: () => void;
    #isClosed = false;

    private constructor(holder: ChildProcess, pid: number, folder: FileHandle, enter: readonly string[]) {
        this.#enter = enter;
        this.#kill = () => holder.exitCode === null && holder.signalCode === null && process.kill(pid, "SIGKILL");
        this.ended = exitOf(holder).then(() => {
            this.#isClosed = true;
            return folder.close();
        });
    }

    static async open(sandbox: Sandbox, fs: SandboxFs): Promise<RunningSandbox> {
        const { argv, inputs } = sandbox.command(fs);
        const holder = spawnIsolated(argv, [
            "pipe",
            "pipe",
            "pipe",
            "ignore",
            "pipe",
            ...inputs.map(() => "pipe" as const),
        ]);
        inputs.forEach((text, index) => feed(holder, FIRST_INPUT_FD + index, text));
        const timer = setTimeout(() => holder.kill("SIGKILL"), OPEN_TIMEOUT_MS);
        try {
            const pid = await processOneOf(holder);
            // Opened once, the folder never becomes that of another process with the same id.
            const folder = await open(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
            return new RunningSandbox(holder, pid, folder, await enterOptions(folder));
        } catch (error) {
            holder.kill("SIGKILL");
            throw error;
        } finally {
            clearTimeout(timer);
        }
    }

    /** Starts a command. */
    start(argv: readonly string[], options: RunOptions): RunningCommand {
        if (this.#isClosed) throw new ToolFailure("the processes of the session have ended");
        const command = startCommand(
            ["nsenter", ...this.#enter, "--", "setpriv", ...NO_PRIVILEGES, "--", "prlimit", ...LIMITS, "--", ...argv],
            options,
        );
        this.#commands.add(command);
        const forget = (): void => void this.#commands.delete(command);
        command.ended.then(forget, forget);
        return command;
    }

    run(argv: readonly string[], options: RunOptions): Promise<CommandResult> {
        return this.start(argv, options).ended;
    }

    /** Kills all processes, those in the background included, and resolves when they have ended. */
    async close(): Promise<void> {
        this.#isClosed = true;
        const commands = [...this.#commands];
        for (const command of commands) command.kill();
        this.#kill();
        await Promise.allSettled([this.ended, ...commands.map(({ ended }) => ended)]);
    }
}

function exitOf(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        else child.on("exit", () => resolve());
    });
}

/** The id of the sandbox's process 1 on this machine, once the sandbox is complete. */
function processOneOf(holder: ChildProcess): Promise<number> {
    return new Promise((resolve, reject) => {
        const texts = { output: "", errors: "", info: "" };
        const collect = (name: keyof typeof texts, stream: ChildProcess["stdio"][number] | undefined): void => {
            stream?.on("data", (chunk: Buffer) => {
                texts[name] += chunk.toString();
                const pid = /"child-pid": (\d+)/.exec(texts.info)?.[1];
                if (pid !== undefined && texts.output.includes("ready")) resolve(Number(pid));
            });
        };
        collect("output", holder.stdout);
        collect("errors", holder.stderr);
        collect("info", holder.stdio[INFO_FD]);
        // The pipe breaks if the sandbox cannot be built.
        holder.stdin?.on("error", () => undefined);
        holder.on("error", (error) => reject(new ToolFailure(`the sandbox could not be started: ${error.message}`)));
        holder.on("close", () => reject(new ToolFailure(`the sandbox could not be started: ${texts.errors.trim()}`)));
    });
}

/** The options with which nsenter joins every namespace that differs from those of this process. */
async function enterOptions(folder: FileHandle): Promise<string[]> {
    const path = `/proc/${process.pid}/fd/${folder.fd}/ns`;
    const options: string[] = [];
    for (const [name, option] of Object.entries(NAMESPACES)) {
        const [own, other] = await Promise.all(
            [`/proc/self/ns/${name}`, `${path}/${name}`].map((link) => readlink(link).catch(() => undefined)),
        );
        if (own !== other) options.push(`${option}=${path}/${name}`);
        else if (REQUIRED.includes(name)) throw new ToolFailure(`the sandbox has no ${name} namespace of its own`);
        // Otherwise, nsenter tries to change groups, which user namespaces forbid.
        if (own !== other && name === "user") options.push("--preserve-credentials");
    }
    return options;
}
