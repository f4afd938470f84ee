/** Handlers run concurrently. Tasks with the same key run one after the other. */
const queues = new Map<string, Promise<unknown>>();

export function runExclusive<T>(key: string, task: () => Promise<T>): Promise<T> {
    const result = (queues.get(key) ?? Promise.resolve()).then(task, task);
    queues.set(key, result);
    const leave = () => {
        if (queues.get(key) === result) queues.delete(key);
    };
    result.then(leave, leave);
    return result;
}
