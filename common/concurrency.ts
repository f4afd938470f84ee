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
