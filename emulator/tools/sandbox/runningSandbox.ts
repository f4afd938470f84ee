/** A sandbox that exists: process 1, which keeps its namespaces alive, and the commands that have entered them. */
import type { ChildProcess } from "node:child_process";
import { constants } from "node:fs";
import { open, readlink, type FileHandle } from "node:fs/promises";
import { ToolFailure } from "../tool";
import { Cgroup } from "./cgroup";
import { startCommand, type CommandResult, type RunningCommand, type RunOptions } from "./command";
import { FIRST_INPUT_FD, INFO_FD, type Sandbox } from "./sandbox";
import type { SandboxFs } from "./sandboxFs";
import { feed, spawnIsolated } from "./spawnIsolated";

/** Limits of a command: processes of the user (not enforced for root), bytes of memory per process, and no core files. */
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
    readonly #cgroup: Cgroup;
    readonly #kill: () => void;
    #isClosed = false;

    private constructor({ process: holder, pid, folder, enter }: ProcessOne, cgroup: Cgroup) {
        this.#enter = enter;
        this.#cgroup = cgroup;
        this.#kill = () => holder.exitCode === null && holder.signalCode === null && process.kill(pid, "SIGKILL");
        this.ended = exitOf(holder).then(async () => {
            this.#isClosed = true;
            await Promise.all([folder.close(), this.#endCommands()]);
            await cgroup.remove();
        });
    }

    static async open(sandbox: Sandbox, fs: SandboxFs): Promise<RunningSandbox> {
        const cgroup = await Cgroup.create();
        try {
            return new RunningSandbox(await startProcessOne(sandbox.command(fs), cgroup), cgroup);
        } catch (error) {
            await cgroup.remove();
            throw error;
        }
    }

    /** Starts a command. */
    start(argv: readonly string[], options: RunOptions): RunningCommand {
        if (this.#isClosed) throw new ToolFailure("the processes of the session have ended");
        const entering = ["nsenter", ...this.#enter, "--", "setpriv", ...NO_PRIVILEGES, "--"];
        const command = startCommand(this.#cgroup.enter([...entering, "prlimit", ...LIMITS, "--", ...argv]), options);
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
        const commandsEnded = this.#endCommands();
        this.#kill();
        await Promise.all([commandsEnded, this.ended]);
    }

    async #endCommands(): Promise<void> {
        const commands = [...this.#commands];
        for (const command of commands) command.kill();
        await Promise.allSettled(commands.map(({ ended }) => ended));
    }
}

interface ProcessOne {
    /** The process that built the sandbox, and ends with its process 1. */
    process: ChildProcess;
    /** What this machine calls process 1. */
    pid: number;
    /** The folder of process 1 in /proc. Opened once, it never becomes that of another process with the same id. */
    folder: FileHandle;
    /** The options with which nsenter joins its namespaces. */
    enter: readonly string[];
}

/** Resolves once the sandbox is complete. */
async function startProcessOne({ argv, inputs }: ReturnType<Sandbox["command"]>, cgroup: Cgroup): Promise<ProcessOne> {
    const holder = spawnIsolated(cgroup.enter(argv), [
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
        const pid = await processIdOf(holder);
        const folder = await open(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
        return { process: holder, pid, folder, enter: await enterOptions(folder) };
    } catch (error) {
        holder.kill("SIGKILL");
        throw error;
    } finally {
        clearTimeout(timer);
    }
}

function exitOf(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        else child.on("exit", () => resolve());
    });
}

/** The id of the sandbox's process 1 on this machine, once the sandbox is complete. */
function processIdOf(holder: ChildProcess): Promise<number> {
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
