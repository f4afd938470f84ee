/** Starts a process that inherits nothing from this one. */
import { spawn, type ChildProcess } from "node:child_process";
import { openSync, readdirSync, readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { PATH } from "./sandboxFs";

type Stdio = "ignore" | "pipe";

/**
 * The environment contains neither this process's variables nor the session's: a variable such as LD_PRELOAD would
 * already affect the sandbox itself.
 */
export function spawnIsolated(argv: readonly string[], stdio: readonly Stdio[]): ChildProcess {
    const [file = "", ...args] = argv;
    return spawn(file, args, {
        env: { PATH, LANG: "C.UTF-8" },
        cwd: "/",
        // In its own process session, so it has no terminal to write to.
        detached: true,
        stdio: closeInheritedFds(stdio),
    });
}

/** Writes a text to a descriptor of a child. */
export function feed(child: ChildProcess, descriptor: number, text: string): void {
    const pipe = child.stdio[descriptor];
    if (!(pipe instanceof Writable)) return;
    // The child may exit before it has read everything.
    pipe.on("error", () => undefined);
    pipe.end(text);
}

/** Replaces every descriptor that this process inherited, and that its children would inherit in turn, with /dev/null. */
function closeInheritedFds(stdio: readonly Stdio[]): (Stdio | number)[] {
    inherited ??= { last: Math.max(...inheritableFds()), devNull: openSync("/dev/null", "r+") };
    const { last, devNull } = inherited;
    return Array.from({ length: Math.max(stdio.length, last + 1) }, (_, index) => stdio[index] ?? devNull);
}

let inherited: { last: number; devNull: number } | undefined;

/** The descriptors that a child inherits: those without close-on-exec, which Node.js sets on all of its own. */
function inheritableFds(): number[] {
    return readdirSync("/proc/self/fdinfo")
        .map(Number)
        .filter((descriptor) => {
            try {
                const flags =
                    /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))?.[1] ?? "0";
                return (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
            } catch {
                // The descriptor of the listing itself, which is closed by now.
                return false;
            }
        });
}

const CLOSE_ON_EXEC = 0o2000000;
