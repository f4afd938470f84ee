/** The ways to confine a command to its session, and which of them works on this machine. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WRITABLE_FOLDERS } from "../../paths";
import { ToolFailure } from "../tool";
import { bubblewrap } from "./bubblewrap";
import { namespaces } from "./namespaces";
import { start } from "./run";
import { sandboxFsOf, type SandboxFs } from "./sandboxFs";

/** A way to run a command so that it sees nothing but a view, reaches no network, and leaves no process behind. */
export interface Sandbox {
    name: string;
    command(view: SandboxFs, argv: readonly string[]): { argv: string[]; inputs: string[] };
}

/** The first of the descriptors at which a confinement's `inputs` texts are read. Those before are the command's own. */
export const FIRST_INPUT_FD = 5;

/** All ways, the best first. */
export const SANDBOXES: readonly Sandbox[] = [bubblewrap, namespaces];

let found: Promise<Sandbox | undefined> | undefined;

/** The first way that works here. Where there is none, commands are refused: they never run unconfined. */
export async function findSandbox(): Promise<Sandbox> {
    const usable = await (found ??= firstUsable());
    if (usable === undefined) {
        throw new ToolFailure(
            "commands cannot run here: to be confined to their session they need bubblewrap (apt-get install bubblewrap, dnf install bubblewrap), or unshare and mount of util-linux and the right to make namespaces; neither works on this machine",
        );
    }
    return usable;
}

async function firstUsable(): Promise<Sandbox | undefined> {
    for (const each of SANDBOXES) if (await works(each)) return each;
    return undefined;
}

/** Whether a way works, tried on a command in an empty space. */
export async function works(way: Sandbox): Promise<boolean> {
    if (process.platform !== "linux") return false;
    const root = await mkdtemp(join(tmpdir(), "agb-trial-"));
    try {
        for (const folder of WRITABLE_FOLDERS) await mkdir(join(root, folder));
        const view = await sandboxFsOf({ sessionId: "", root });
        const { exitCode } = await start(
            way.command(view, ["sh", "-c", "cd /home && ! ls /.old && ! touch /etc/x && ! echo x > /proc/self/comm"]),
            { input: "", timeoutMs: 10_000 },
        ).ended;
        return exitCode === 0;
    } catch {
        return false;
    } finally {
        await rm(root, { recursive: true, force: true });
    }
}
