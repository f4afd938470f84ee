/** Finds the processes of a process session. */
import { readdirSync, readFileSync } from "node:fs";

/** The ids of all processes in the session that a process leads. */
export function processSession(leader: number): number[] {
    return readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => sessionOf(pid) === leader);
}

function sessionOf(pid: number): number | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // The name of the program, in parentheses, may contain anything. State, parent, group and session follow.
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
    } catch {
        // It has ended.
        return undefined;
    }
}
