import { mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "../account";
import { failureText } from "../failureText";
import { discard } from "./discard";

/** Takes folders away at once, however much is in them, and frees their space in the background. */
export class Trash {
    private readonly removals = new Set<Promise<void>>();
    private stopped = false;

    private constructor(private readonly folder: string, private readonly warn: (message: string) => void) {}

    /** Goes on with what was left when the server was stopped. */
    static async open(dataFolder: string, warn: (message: string) => void): Promise<Trash> {
        const trash = new Trash(join(dataFolder, "trash"), warn);
        await mkdir(trash.folder, { recursive: true });
        for (const name of await readdir(trash.folder)) trash.free(join(trash.folder, name));
        return trash;
    }

    async take(folder: string): Promise<void> {
        const place = join(this.folder, randomId(""));
        await rename(folder, place);
        this.free(place);
    }

    /** Frees no more; the rest goes at the next start. */
    async stop(): Promise<void> {
        this.stopped = true;
        await Promise.all(this.removals);
    }

    private free(place: string): void {
        const removal = discard(place, () => this.stopped)
            .catch((error: unknown) => this.warn(`the space of what was taken away could not be freed: ${failureText(error)}`))
            .finally(() => this.removals.delete(removal));
        this.removals.add(removal);
    }
}
