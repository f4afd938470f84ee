/** Does for each item, a few at a time; when all have ended, the first failure is thrown. */
export async function forEach<Item>(
    items: Iterable<Item>,
    sideBySide: number,
    action: (item: Item) => Promise<void>,
): Promise<void> {
    const rest = [...items].values();
    const workers = Array.from({ length: sideBySide }, async () => {
        for (const item of rest) await action(item);
    });
    const failure = (await Promise.allSettled(workers)).find((outcome) => outcome.status === "rejected");
    if (failure) throw failure.reason;
}
