/** Commands of a session, confined to it. */
import { setImmediate } from "node:timers/promises";
import type { SessionSpace } from "../../paths";
import { findSandbox } from "./sandbox";
import { start, type CommandResult, type RunOptions, type Running } from "./run";
import { sandboxFsOf } from "./sandboxFs";

/** What a command may take: processes (the kernel does not count those of root), bytes of memory for each process, and no core files. */
const LIMITS = ["--nproc=2048", "--data=2147483648", "--core=0"];

const running = new Map<string, Set<Running>>();
let turn = Promise.resolve();

/** Runs a command in the space of a session until it ends, its time is over, or the session is. */
export async function runSandboxed(
    space: SessionSpace,
    argv: readonly string[],
    options: RunOptions,
): Promise<CommandResult> {
    const way = await findSandbox();
    const command = way.command(await sandboxFsOf(space), ["prlimit", ...LIMITS, "--", ...argv]);
    // Starting a process holds everything else up for some milliseconds: between two, other requests are served.
    await (turn = turn.then(() => setImmediate()));
    const run = start(command, options);
    const ofSession = running.get(space.sessionId) ?? new Set();
    running.set(space.sessionId, ofSession.add(run));
    try {
        return await run.ended;
    } finally {
        ofSession.delete(run);
        if (ofSession.size === 0) running.delete(space.sessionId);
    }
}

/** Ends all commands of a session, and resolves when none is left. */
export async function endCommands(sessionId: string): Promise<void> {
    const left = [...(running.get(sessionId) ?? [])];
    for (const run of left) run.kill();
    await Promise.allSettled(left.map((run) => run.ended));
}
