/** Removes folders instantly and frees their disk space in the background. */
import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../account";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { removeTree } from "./removeTree";

export class Trash {
    readonly #folder: string;
    readonly #warn: (message: string) => void;
    readonly #removals = new Set<Promise<void>>();
    #stopped = false;

    private constructor(folder: string, warn: (message: string) => void) {
        this.#folder = folder;
        this.#warn = warn;
    }

    /** Resumes the removals that were pending when the server stopped. */
    static async open(dataFolder: string, warn: (message: string) => void): Promise<Trash> {
        const trash = new Trash(join(dataFolder, "trash"), warn);
        await mkdir(trash.#folder, { recursive: true });
        for (const name of await readdir(trash.#folder)) trash.#purge(join(trash.#folder, name));
        return trash;
    }

    /** Takes the same time whatever the folder contains. */
    async moveToTrash(folder: string): Promise<void> {
        const trashed = join(this.#folder, randomId(""));
        await rename(folder, trashed);
        this.#purge(trashed);
    }

    /** Stops removing. The rest is removed at the next start. */
    async stop(): Promise<void> {
        this.#stopped = true;
        await Promise.all(this.#removals);
    }

    #purge(trashed: string): void {
        const removal = removeTree(trashed, () => this.#stopped)
            .catch((error: unknown) =>
                this.#warn(`the disk space of deleted data could not be freed: ${messageWithoutPaths(error)}`),
            )
            .finally(() => this.#removals.delete(removal));
        this.#removals.add(removal);
    }
}
