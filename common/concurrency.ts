/** How many files go at the same time. */
const CONCURRENCY = 8;

/** Does the work for every item, a few at the same time. After a failure nothing new is begun; what is under way ends, and then the first failure is thrown. */
export async function forEachConcurrently<Item>(
    items: Iterable<Item>,
    work: (item: Item) => Promise<void>,
): Promise<void> {
    const waiting = items[Symbol.iterator]();
    const failures: unknown[] = [];
    const worker = async () => {
        for (let next = waiting.next(); !next.done && failures.length === 0; next = waiting.next()) {
            await work(next.value).catch((error: unknown) => failures.push(error));
        }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    if (failures.length > 0) throw failures[0];
}
