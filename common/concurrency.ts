/** Bounded concurrency for asynchronous work. */

/**
 * Runs `work` for every item, at most `concurrency` at a time. After a failure no further item is started; running ones
 * finish, then the first failure is thrown.
 */
export async function forEachConcurrently<Item>(
    items: Iterable<Item>,
    concurrency: number,
    work: (item: Item) => Promise<void>,
): Promise<void> {
    const pending = items[Symbol.iterator]();
    const failures: unknown[] = [];
    const worker = async () => {
        for (let next = pending.next(); !next.done && failures.length === 0; next = pending.next()) {
            await work(next.value).catch((error: unknown) => failures.push(error));
        }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    if (failures.length > 0) throw failures[0];
}

/** Lets a limited number of tasks run at a time. Others wait in the order in which they came. */
export class Semaphore {
    #free: number;
    readonly #waiting: (() => void)[] = [];

    constructor(concurrency: number) {
        this.#free = concurrency;
    }

    async run<T>(work: () => Promise<T>): Promise<T> {
        if (this.#free > 0) this.#free--;
        else await new Promise<void>((resolve) => this.#waiting.push(resolve));
        try {
            return await work();
        } finally {
            const next = this.#waiting.shift();
            if (next) next();
            else this.#free++;
        }
    }
}
