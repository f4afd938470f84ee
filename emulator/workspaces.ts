/** The folders on disk that hold the sessions' private disks. */
import { mkdir, opendir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Trash } from "./disk/trash";
import { WRITABLE_FOLDERS, type Workspace } from "./paths";
import { relative } from "./sync/plan";

/** Says, next to the files that are kept, why they are. */
const REASON_FILE = "reason.txt";

export class Workspaces {
    readonly #sessions: string;
    readonly #unsaved: string;
    readonly #trash: Trash;

    constructor(dataFolder: string, trash: Trash) {
        this.#sessions = join(dataFolder, "sessions");
        this.#unsaved = join(dataFolder, "unsaved");
        this.#trash = trash;
    }

    get(sessionId: string): Workspace {
        return { sessionId, root: join(this.#sessions, sessionId, "root") };
    }

    /** Creates the disk of a session, with the folders at these session paths. */
    async create(sessionId: string, folders: readonly string[]): Promise<void> {
        await this.createFolders(sessionId, [...WRITABLE_FOLDERS, ...folders]);
    }

    async createFolders(sessionId: string, folders: readonly string[]): Promise<void> {
        const { root } = this.get(sessionId);
        for (const folder of folders) await mkdir(join(root, relative(folder)), { recursive: true });
    }

    async discard(sessionId: string): Promise<void> {
        await this.#trash.moveToTrash(join(this.#sessions, sessionId));
    }

    /** Discards what a killed process left behind: disks of sessions that no longer exist. */
    async discardOrphans(isKnown: (sessionId: string) => boolean): Promise<void> {
        await mkdir(this.#sessions, { recursive: true });
        for (const sessionId of await readdir(this.#sessions)) if (!isKnown(sessionId)) await this.discard(sessionId);
    }

    /** Whether a folder of a session contains anything but folders. */
    async hasFiles(sessionId: string, folder: string): Promise<boolean> {
        // If the server was killed after keepUnsaved moved the disk, the files are there.
        for (const disks of [this.#sessions, this.#unsaved]) {
            if (await containsFiles(join(disks, sessionId, "root", relative(folder)))) return true;
        }
        return false;
    }

    /** The disks that are kept, each with the reason. */
    async unsaved(): Promise<{ sessionId: string; folder: string; reason: string }[]> {
        const sessionIds = await readdir(this.#unsaved).catch(() => []);
        return Promise.all(
            sessionIds.sort().map(async (sessionId) => {
                const folder = join(this.#unsaved, sessionId);
                const reason = await readFile(join(folder, REASON_FILE), "utf8").catch(() => "");
                return { sessionId, folder, reason: reason.trim() };
            }),
        );
    }

    /** Moves the disk of a session to a folder that is never cleaned up, writes down why, and returns where it is. */
    async keepUnsaved(sessionId: string, reason: string): Promise<string> {
        const destination = join(this.#unsaved, sessionId);
        await mkdir(this.#unsaved, { recursive: true, mode: 0o700 });
        // If the server was killed right after the move, the disk is already there.
        await rename(join(this.#sessions, sessionId), destination).catch((error: unknown) => {
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        });
        await writeFile(join(destination, REASON_FILE), `${reason}\n`, { mode: 0o600 });
        return destination;
    }
}

async function containsFiles(folder: string): Promise<boolean> {
    try {
        for await (const entry of await opendir(folder)) {
            if (!entry.isDirectory() || (await containsFiles(join(folder, entry.name)))) return true;
        }
        return false;
    } catch (error) {
        // What cannot be read may be a file.
        return (error as NodeJS.ErrnoException).code !== "ENOENT";
    }
}
