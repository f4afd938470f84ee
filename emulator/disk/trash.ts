import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../account";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { removeTree } from "./removeTree";

/** Takes folders away at once, however much is in them, and frees their space in the background. */
export class Trash {
    readonly #folder: string;
    readonly #warn: (message: string) => void;
    readonly #removals = new Set<Promise<void>>();
    #stopped = false;

    private constructor(folder: string, warn: (message: string) => void) {
        this.#folder = folder;
        this.#warn = warn;
    }

    /** Goes on with what was left when the server was stopped. */
    static async open(dataFolder: string, warn: (message: string) => void): Promise<Trash> {
        const trash = new Trash(join(dataFolder, "trash"), warn);
        await mkdir(trash.#folder, { recursive: true });
        for (const name of await readdir(trash.#folder)) trash.#purge(join(trash.#folder, name));
        return trash;
    }

    async moveToTrash(folder: string): Promise<void> {
        const place = join(this.#folder, randomId(""));
        await rename(folder, place);
        this.#purge(place);
    }

    /** Frees no more; the rest goes at the next start. */
    async stop(): Promise<void> {
        this.#stopped = true;
        await Promise.all(this.#removals);
    }

    #purge(place: string): void {
        const removal = removeTree(place, () => this.#stopped)
            .catch((error: unknown) =>
                this.#warn(`the space of what was taken away could not be freed: ${messageWithoutPaths(error)}`),
            )
            .finally(() => this.#removals.delete(removal));
        this.#removals.add(removal);
    }
}
