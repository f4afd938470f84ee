/** The lock of a data folder: only one process may serve it. */
import { execFile } from "node:child_process";
import { link, mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { isRunning } from "../common/processes";
import { EXIT_ALREADY_SERVED } from "../provider/agb/localServer";
import { randomId } from "./account";

interface Owner {
    pid: number;
    /** Distinguishes the process from a later one with the same pid; empty if the platform does not report it. */
    started: string;
}

/** Another process serves the data folder. */
export class AlreadyLockedError extends Error {
    override readonly name = "AlreadyLockedError";
    /** Signals to the parent process that it can use the running server. */
    readonly exitStatus = EXIT_ALREADY_SERVED;

    constructor(
        folder: string,
        readonly pid: number,
        endpoint: string | undefined,
    ) {
        const location = endpoint === undefined ? "" : ` at ${endpoint}`;
        super(
            `${folder} is already served by another local AGB, process ${pid}${location}. Use that one, or choose another data folder`,
        );
    }
}

/**
 * Makes this process the only owner of a folder until it ends, for whatever reason. The owner is the process named in the
 * lock file with the highest number. That file is never removed, so a new owner's file cannot be mistaken for that of a
 * dead one: a process that finds the owner dead creates the file with the next number, which only one process can.
 * `endpointOf` looks up the endpoint of the current owner, for the error message.
 */
export async function lockFolder(
    folder: string,
    endpointOf: (pid: number) => Promise<string | undefined>,
): Promise<void> {
    const locks = join(folder, "lock");
    await mkdir(locks, { recursive: true });
    const self: Owner = { pid: process.pid, started: await startTimeOf(process.pid) };
    const draft = await writeDraft(locks, self);
    try {
        for (;;) {
            const last = (await lockNumbers(locks)).at(-1) ?? 0;
            if (last > 0) {
                const owner = await readFile(join(locks, String(last)), "utf8").catch(() => undefined);
                // A newer owner has removed the file in the meantime.
                if (owner === undefined) continue;
                const { pid, started } = JSON.parse(owner) as Owner;
                if (await isAlive({ pid, started })) {
                    throw new AlreadyLockedError(folder, pid, await endpointOf(pid).catch(() => undefined));
                }
            }
            if (!(await tryLink(draft, join(locks, String(last + 1))))) continue;
            const numbers = await lockNumbers(locks);
            // This process was so slow that others have taken later numbers: it has not won.
            if (numbers.at(-1) !== last + 1) {
                await unlink(join(locks, String(last + 1))).catch(() => undefined);
                continue;
            }
            for (const old of numbers.slice(0, -1)) await unlink(join(locks, String(old))).catch(() => undefined);
            return;
        }
    } finally {
        await unlink(draft);
    }
}

/** Gives up the lock while this process keeps running. */
export async function unlockFolder(folder: string): Promise<void> {
    const locks = join(folder, "lock");
    const last = (await lockNumbers(locks)).at(-1) ?? 0;
    const draft = await writeDraft(locks, { pid: 0, started: "" });
    await tryLink(draft, join(locks, String(last + 1)));
    await unlink(draft);
}

async function writeDraft(locks: string, owner: Owner): Promise<string> {
    const draft = join(locks, randomId("draft-"));
    await writeFile(draft, JSON.stringify(owner), { mode: 0o600 });
    return draft;
}

async function lockNumbers(locks: string): Promise<number[]> {
    return (await readdir(locks))
        .map(Number)
        .filter(Number.isInteger)
        .sort((a, b) => a - b);
}

/** Returns whether the link was created: false if `to` already exists. */
async function tryLink(from: string, to: string): Promise<boolean> {
    try {
        await link(from, to);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    }
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
    if (pid === 0 || !isRunning(pid)) return false;
    return started === "" || (await startTimeOf(pid)) === started;
}

async function startTimeOf(pid: number): Promise<string> {
    try {
        if (process.platform === "linux") {
            const stat = await readFile(`/proc/${pid}/stat`, "utf8");
            const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
            // The command name, in parentheses, may contain anything. The state follows it; the start time is 19 fields later.
            const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
            return fields[0] === "Z" ? "ended" : `${boot.trim()} ${fields[19] ?? ""}`;
        }
        if (process.platform === "win32") return "";
        return (await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)])).stdout.trim();
    } catch {
        return "";
    }
}
