/** Runs the commands of sessions, each session in a sandbox of its own. */
import { setImmediate } from "node:timers/promises";
import type { Workspace } from "../../paths";
import type { CommandResult, RunOptions } from "./command";
import { findSandbox } from "./findSandbox";
import { RunningSandbox } from "./runningSandbox";
import { sandboxFsOf } from "./sandboxFs";

/** The sandboxes by session. A session has one from its first command on. */
const sandboxes = new Map<string, Promise<RunningSandbox>>();
let lastStart = Promise.resolve();

/**
 * Runs a command of a session until it exits, its time limit is reached, or the session ends. Processes that it leaves in
 * the background live on until the session ends.
 */
export async function runSandboxed(
    workspace: Workspace,
    argv: readonly string[],
    options: RunOptions,
): Promise<CommandResult> {
    // Without an await before it: a session that ends from now on also ends this sandbox.
    const sandbox = await sandboxOf(workspace);
    // Starting a process blocks this one for some milliseconds. Between two starts, other requests are served.
    await (lastStart = lastStart.then(() => setImmediate()));
    return sandbox.run(argv, options);
}

function sandboxOf(workspace: Workspace): Promise<RunningSandbox> {
    const { sessionId } = workspace;
    const existing = sandboxes.get(sessionId);
    if (existing !== undefined) return existing;
    const opening = openSandbox(workspace);
    sandboxes.set(sessionId, opening);
    const forget = (): void => {
        if (sandboxes.get(sessionId) === opening) sandboxes.delete(sessionId);
    };
    opening.then(({ ended }) => ended).then(forget, forget);
    return opening;
}

async function openSandbox(workspace: Workspace): Promise<RunningSandbox> {
    return RunningSandbox.open(await findSandbox(), await sandboxFsOf(workspace));
}

/** Kills all processes of a session, and resolves when they have ended. */
export async function endCommands(sessionId: string): Promise<void> {
    const sandbox = await sandboxes.get(sessionId)?.catch(() => undefined);
    await sandbox?.close();
}
