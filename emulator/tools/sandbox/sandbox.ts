/** What a sandbox is. */
import type { SandboxFs } from "./sandboxFs";

/** A way to isolate processes: they see only a given file system, have no network access and no privileges. */
export interface Sandbox {
    name: string;
    /**
     * The command line that builds a sandbox and runs WAIT in it as process 1, and the texts that it reads from the
     * descriptors from FIRST_INPUT_FD on. It writes `"child-pid": N` to INFO_FD, where N is what this machine calls process 1.
     */
    command(fs: SandboxFs): { argv: string[]; inputs: string[] };
}

export const INFO_FD = 4;
export const FIRST_INPUT_FD = 5;

/**
 * Process 1 of a sandbox. It waits until its input ends, and the kernel then kills every other process of the sandbox. No
 * process inside can kill it, and since it ignores SIGCHLD, the kernel removes orphans as they end.
 */
export const WAIT = [
    "sh",
    "-c",
    "echo ready; exec > /dev/null 2>&1; env --ignore-signal=CHLD true && exec env --ignore-signal=CHLD cat; exec cat",
];
