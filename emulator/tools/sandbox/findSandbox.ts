/** Finds a sandbox that works on this machine. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WRITABLE_FOLDERS } from "../../paths";
import { ToolFailure } from "../tool";
import { bubblewrap } from "./bubblewrap";
import { namespaces, userNamespaces } from "./namespaces";
import { RunningSandbox } from "./runningSandbox";
import type { Sandbox } from "./sandbox";
import { sandboxFsOf } from "./sandboxFs";

const TRIAL_TIMEOUT_MS = 10_000;

/** All sandboxes, in order of preference. */
export const SANDBOXES: readonly Sandbox[] = [bubblewrap, namespaces, userNamespaces];

let usableSandbox: Promise<Sandbox | undefined> | undefined;

/** The first sandbox that works here. Without one, commands are rejected: they never run outside a sandbox. */
export async function findSandbox(): Promise<Sandbox> {
    const sandbox = await (usableSandbox ??= firstUsable());
    if (sandbox === undefined) {
        // What is missing may be installed while the server runs.
        usableSandbox = undefined;
        throw new ToolFailure(
            "commands cannot run on this machine: the sandbox needs either bubblewrap (apt-get install bubblewrap, dnf install bubblewrap), or unshare and mount from util-linux and permission to create namespaces, and neither works here",
        );
    }
    return sandbox;
}

async function firstUsable(): Promise<Sandbox | undefined> {
    for (const sandbox of SANDBOXES) if (await works(sandbox)) return sandbox;
    return undefined;
}

/** Whether a sandbox works, tried out with a command in an empty workspace. */
export async function works(sandbox: Sandbox): Promise<boolean> {
    if (process.platform !== "linux") return false;
    const root = await mkdtemp(join(tmpdir(), "agb-trial-"));
    try {
        for (const folder of WRITABLE_FOLDERS) await mkdir(join(root, folder));
        const sandboxed = await RunningSandbox.open(sandbox, await sandboxFsOf({ sessionId: "", root }));
        const trial = "cd /home && ! ls /.old && ! touch /etc/x && ! echo x > /proc/self/comm";
        const { exitCode } = await sandboxed
            .run(["sh", "-c", trial], { input: "", timeoutMs: TRIAL_TIMEOUT_MS })
            .finally(() => sandboxed.close());
        return exitCode === 0;
    } catch {
        return false;
    } finally {
        await rm(root, { recursive: true, force: true });
    }
}
