/** Handlers run side by side; what must not, takes turns by a key. */
const turns = new Map<string, Promise<unknown>>();

export function oneAtATime<T>(key: string, task: () => Promise<T>): Promise<T> {
    const mine = (turns.get(key) ?? Promise.resolve()).then(task, task);
    turns.set(key, mine);
    const leave = () => {
        if (turns.get(key) === mine) turns.delete(key);
    };
    mine.then(leave, leave);
    return mine;
}
