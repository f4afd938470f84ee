/** Pulumi's lock on a stack of a file backend: one file for each process that may write to the stack. */
import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { commandName } from "../../common/commandLine";
import { isRunning } from "../../common/processes";
import { UserError } from "../model/userError";
import { ORGANIZATION, type FileBackend, type StackReference } from "./backend";
import { removeWithAttributes, writeDurably } from "./files";

interface LockContent {
    pid: number;
    username: string;
    hostname: string;
    timestamp: string;
}

/** A lock on a stack, held until `release`. Only one process can hold it. */
export class StackLock {
    readonly #file: string;

    private constructor(file: string) {
        this.#file = file;
        process.once("exit", this.#onExit);
    }

    static async acquire(backend: FileBackend, stack: StackReference): Promise<StackLock> {
        assertUnlocked(backend, stack);
        await backend.ensureLayout();
        const file = join(lockFolder(backend, stack), `${randomUUID()}.json`);
        const content: LockContent = {
            pid: process.pid,
            username: userInfo().username,
            hostname: hostname(),
            timestamp: new Date().toISOString(),
        };
        // Pulumi takes every file in this folder for a lock, so the temporary file is created elsewhere.
        await writeDurably(file, JSON.stringify(content), backend.path());
        try {
            assertUnlocked(backend, stack, file);
        } catch (error) {
            await removeWithAttributes(file);
            throw error;
        }
        return new StackLock(file);
    }

    async release(): Promise<void> {
        process.removeListener("exit", this.#onExit);
        await removeWithAttributes(this.#file);
    }

    /** Unless the process is killed, no one has to break its lock. */
    readonly #onExit = (): void => {
        rmSync(this.#file, { force: true });
        rmSync(`${this.#file}.attrs`, { force: true });
    };
}

export interface LockInfo {
    /** The process that created it, and when. */
    owner: string;
    /** Whether the process is known to have ended. */
    isAbandoned: boolean;
}

/** Removes every lock on the stack, including those of other processes. */
export async function breakLocks(backend: FileBackend, stack: StackReference): Promise<LockInfo[]> {
    const files = lockFiles(backend, stack);
    const locks = files.map(describeLock);
    for (const file of files) {
        await removeWithAttributes(file);
    }
    return locks;
}

function assertUnlocked(backend: FileBackend, stack: StackReference, own?: string): void {
    const others = lockFiles(backend, stack).filter((file) => file !== own);
    if (others.length === 0) {
        return;
    }
    const locks = others.map(describeLock);
    const owners = locks.map(({ owner }) => owner).join(", ");
    const cancel = `\`${commandName()} cancel ${stack.name}\``;
    throw new UserError(
        locks.every(({ isAbandoned }) => isAbandoned)
            ? `the stack is currently locked by a run that was killed: ${owners}. Remove the lock with ${cancel}, then run the command again.`
            : `the stack is currently locked by another run: ${owners}. Wait until it ends, or if it was killed, remove the lock with ${cancel}.`,
    );
}

function describeLock(file: string): LockInfo {
    try {
        const { username, hostname: host, pid, timestamp } = JSON.parse(readFileSync(file, "utf8")) as LockContent;
        const isAbandoned = host === hostname() && !isRunning(pid);
        const ended = isAbandoned ? ", which no longer exists" : "";
        return { owner: `${username}@${host} (pid ${pid}${ended}) since ${timestamp}`, isAbandoned };
    } catch {
        return { owner: `an unknown process (${pathToFileURL(file).href})`, isAbandoned: false };
    }
}

function lockFiles(backend: FileBackend, stack: StackReference): string[] {
    const folder = lockFolder(backend, stack);
    return existsSync(folder)
        ? readdirSync(folder)
              .filter((file) => !file.endsWith(".attrs"))
              .map((file) => join(folder, file))
        : [];
}

function lockFolder(backend: FileBackend, { project, name }: StackReference): string {
    return backend.path("locks", ORGANIZATION, project, name);
}
