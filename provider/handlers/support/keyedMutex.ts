/** Handlers run side by side; what must not, takes turns by a key. */
const queues = new Map<string, Promise<unknown>>();

export function runExclusive<T>(key: string, task: () => Promise<T>): Promise<T> {
    const mine = (queues.get(key) ?? Promise.resolve()).then(task, task);
    queues.set(key, mine);
    const leave = () => {
        if (queues.get(key) === mine) queues.delete(key);
    };
    mine.then(leave, leave);
    return mine;
}
