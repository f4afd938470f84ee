import { execFile } from "node:child_process";
import { link, mkdir, readdir, readFile, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { EXIT_ALREADY_SERVED } from "../provider/agb/localServer";
import { randomId } from "./account";

interface Owner {
    pid: number;
    /** Tells the process from a later one with the same number; empty where the platform does not say. */
    started: string;
}

/** Another process serves the data folder. */
export class AlreadyLockedError extends Error {
    override readonly name = "Locked";
    /** Tells whoever started this process that another one is there to be used. */
    readonly exitStatus = EXIT_ALREADY_SERVED;

    constructor(folder: string, pid: number, where: string | undefined) {
        super(
            `${folder} is served by another local AGB already, process ${pid}${where === undefined ? "" : ` at ${where}`}. Use that one, or choose another data folder`,
        );
    }
}

/**
 * Makes this process the only owner of a folder until it ends, however it ends. The owner is who holds the lock file with the highest
 * number; that file is never removed, so nobody can mistake a new owner's for that of a dead one: who finds the owner dead
 * makes the file with the next number, which only one can. `endpointOf` tells where an owner is reached, for whom it is in the way.
 */
export async function lockFolder(
    folder: string,
    endpointOf: (pid: number) => Promise<string | undefined>,
): Promise<void> {
    const locks = join(folder, "lock");
    await mkdir(locks, { recursive: true });
    const draft = join(locks, randomId("draft-"));
    await writeFile(draft, JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Owner), {
        mode: 0o600,
    });
    try {
        for (;;) {
            const last = (await numbers(locks)).at(-1) ?? 0;
            if (last > 0) {
                const owner = await readFile(join(locks, String(last)), "utf8").catch(() => undefined);
                // A new owner has come since and has cleared it away.
                if (owner === undefined) continue;
                const { pid, started } = JSON.parse(owner) as Owner;
                if (await isAlive({ pid, started }))
                    throw new AlreadyLockedError(folder, pid, await endpointOf(pid).catch(() => undefined));
            }
            if (!(await linked(draft, join(locks, String(last + 1))))) continue;
            const all = await numbers(locks);
            // Who was so slow that its number is an old one has not won.
            if (all.at(-1) !== last + 1) {
                await unlink(join(locks, String(last + 1))).catch(() => undefined);
                continue;
            }
            for (const old of all.slice(0, -1)) await unlink(join(locks, String(old))).catch(() => undefined);
            return;
        }
    } finally {
        await unlink(draft);
    }
}

/** Lets the next owner in while this process goes on. */
export async function unlockFolder(folder: string): Promise<void> {
    const locks = join(folder, "lock");
    const last = (await numbers(locks)).at(-1) ?? 0;
    const draft = join(locks, randomId("draft-"));
    await writeFile(draft, JSON.stringify({ pid: 0, started: "" } satisfies Owner), { mode: 0o600 });
    await linked(draft, join(locks, String(last + 1)));
    await unlink(draft);
}

async function numbers(locks: string): Promise<number[]> {
    return (await readdir(locks))
        .map(Number)
        .filter(Number.isInteger)
        .sort((a, b) => a - b);
}

async function linked(from: string, to: string): Promise<boolean> {
    try {
        await link(from, to);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    }
}

async function isAlive({ pid, started }: Owner): Promise<boolean> {
    if (pid === 0) return false;
    try {
        process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
    return started === "" || (await startOf(pid)) === started;
}

async function startOf(pid: number): Promise<string> {
    try {
        if (process.platform === "linux") {
            const stat = await readFile(`/proc/${pid}/stat`, "utf8");
            const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
            // The name, in brackets, may hold anything. Behind it come the state and, at the twentieth place, the time.
            const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
            return fields[0] === "Z" ? "ended" : `${boot.trim()} ${fields[19] ?? ""}`;
        }
        if (process.platform === "win32") return "";
        return (await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)])).stdout.trim();
    } catch {
        return "";
    }
}
