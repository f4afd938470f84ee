/** Deletes files of contexts that have outlived the recycle policy of their mount, counted from their last upload. */
import type { SyncPolicy } from "../provider/agb/wire";
import type { Account, ContextRecord } from "./account";
import type { Clock } from "./clock";
import type { ContextFiles } from "./disk/contextFiles";
import { messageWithoutPaths } from "./messageWithoutPaths";
import { isUnder, relative } from "./sync/plan";

const DAY_MS = 24 * 60 * 60 * 1000;
const RECYCLE_INTERVAL_MS = 60 * 60 * 1000;

export class Recycler {
    readonly #account: Account;
    readonly #files: ContextFiles;
    readonly #clock: Clock;
    readonly #warn: (message: string) => void;
    #timer: NodeJS.Timeout | undefined;

    constructor(account: Account, files: ContextFiles, clock: Clock, warn: (message: string) => void) {
        this.#account = account;
        this.#files = files;
        this.#clock = clock;
        this.#warn = warn;
    }

    start(): void {
        this.#clock.onAdvance(() => this.#recycle());
        this.#timer = setInterval(() => void this.#recycle(), RECYCLE_INTERVAL_MS);
        this.#timer.unref();
        void this.#recycle();
    }

    stop(): void {
        clearInterval(this.#timer);
    }

    async #recycle(): Promise<void> {
        for (const context of [...this.#account.contexts.values()]) {
            try {
                for (const [path, policy] of Object.entries(context.recycling)) {
                    await this.#recycleMount(context, relative(path), policy);
                }
            } catch (error) {
                this.#warn(`files of context ${context.name} could not be recycled: ${messageWithoutPaths(error)}`);
            }
        }
    }

    async #recycleMount(
        { id }: ContextRecord,
        base: string,
        { lifecycle, paths }: SyncPolicy["recyclePolicy"],
    ): Promise<void> {
        const days = /^Lifecycle_(\d+)Days?$/.exec(lifecycle)?.[1];
        if (days === undefined) return;
        const cutoff = this.#clock.now() - Number(days) * DAY_MS;
        for (const file of await (await this.#files.tree(id)).files(base)) {
            const path = file.path.slice(base.length + 1);
            if (file.modifiedMs < cutoff && paths.some((recycled) => isUnder(path, relative(recycled)))) {
                await this.#files.removeFile(id, file.path);
            }
        }
    }
}
