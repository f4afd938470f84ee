/** Runs the commands of sessions in a sandbox. */
import { setImmediate } from "node:timers/promises";
import type { Workspace } from "../../paths";
import { findSandbox } from "./findSandbox";
import { start, type CommandResult, type RunOptions, type RunningCommand } from "./run";
import { sandboxFsOf } from "./sandboxFs";

/** Limits of a command: processes (not enforced for root), bytes of memory per process, and no core files. */
const LIMITS = ["--nproc=2048", "--data=2147483648", "--core=0"];

const running = new Map<string, Set<RunningCommand>>();
let lastStart = Promise.resolve();

/** Runs a command of a session until it exits, its time limit is reached, or the session ends. */
export async function runSandboxed(
    workspace: Workspace,
    argv: readonly string[],
    options: RunOptions,
): Promise<CommandResult> {
    const sandbox = await findSandbox();
    const command = sandbox.command(await sandboxFsOf(workspace), ["prlimit", ...LIMITS, "--", ...argv]);
    // Starting a process blocks this one for some milliseconds. Between two starts, other requests are served.
    await (lastStart = lastStart.then(() => setImmediate()));
    const run = start(command, options);
    const siblings = running.get(workspace.sessionId) ?? new Set();
    running.set(workspace.sessionId, siblings.add(run));
    try {
        return await run.ended;
    } finally {
        siblings.delete(run);
        if (siblings.size === 0) running.delete(workspace.sessionId);
    }
}

/** Kills all commands of a session, and resolves when they have ended. */
export async function endCommands(sessionId: string): Promise<void> {
    const commands = [...(running.get(sessionId) ?? [])];
    for (const command of commands) command.kill();
    await Promise.allSettled(commands.map((command) => command.ended));
}
