/** The folders on disk that hold the sessions' private disks. */
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Trash } from "./disk/trash";
import { WRITABLE_FOLDERS, type Workspace } from "./paths";
import { relative } from "./sync/plan";

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

    /** Moves the disk of a session to a folder that is never cleaned up, and returns where it is. */
    async keepUnsaved(sessionId: string): Promise<string> {
        const destination = join(this.#unsaved, sessionId);
        await mkdir(this.#unsaved, { recursive: true });
        // If the server was killed right after the move, the disk is already there.
        await rename(join(this.#sessions, sessionId), destination).catch((error: unknown) => {
            if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        });
        return destination;
    }
}
