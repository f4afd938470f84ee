/** Whether a process exists. */
import { readFileSync } from "node:fs";

/** Only says that a process has this id: it may be another one that the system gave the id to. */
export function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return !isZombie(pid);
    } catch (error) {
        // A process of another user cannot be signaled, but exists.
        return (error as NodeJS.ErrnoException).code !== "ESRCH";
    }
}

/** Whether a process has ended, and its parent has not noticed, as in a container without an init. Known on Linux only. */
function isZombie(pid: number): boolean {
    try {
        // The name of the program, in parentheses, may contain anything.
        return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
        return false;
    }
}
