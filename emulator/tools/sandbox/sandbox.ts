/** What a sandbox is. */
import type { SandboxFs } from "./sandboxFs";

/** Runs commands that see only a given file system, have no network access, and leave no process behind. */
export interface Sandbox {
    name: string;
    /** The command line that runs `argv` in the sandbox, and the texts that it reads from the descriptors from FIRST_INPUT_FD on. */
    command(fs: SandboxFs, argv: readonly string[]): { argv: string[]; inputs: string[] };
}

/** The first descriptor for a sandbox's inputs. Those below belong to the sandboxed command. */
export const FIRST_INPUT_FD = 5;
