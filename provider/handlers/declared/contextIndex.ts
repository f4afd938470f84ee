/** Finds items by their place in a context: those above, at and below a path, without looking at any other item. */
import { foldersAbove } from "../support/paths";

interface Place {
    contextId: string;
    /** An absolute path without a slash at its end. */
    path: string;
}

export class ContextIndex<T> {
    readonly #at = new Map<string, Set<T>>();
    /** For each folder, the items below it. */
    readonly #below = new Map<string, Set<T>>();

    add(place: Place, item: T): void {
        addTo(this.#at, keyOf(place), item);
        for (const folder of placesAbove(place)) addTo(this.#below, folder, item);
    }

    remove(place: Place, item: T): void {
        this.#at.get(keyOf(place))?.delete(item);
        for (const folder of placesAbove(place)) this.#below.get(folder)?.delete(item);
    }

    /** The items at exactly this path. */
    at(place: Place): Iterable<T> {
        return this.#at.get(keyOf(place)) ?? [];
    }

    /** The items whose path is this one, contains it, or is below it. */
    *overlapping(place: Place): Generator<T> {
        yield* this.at(place);
        for (const folder of placesAbove(place)) yield* this.#at.get(folder) ?? [];
        yield* this.#below.get(keyOf(place)) ?? [];
    }
}

const keyOf = ({ contextId, path }: Place) => `${contextId}:${path}`;
const placesAbove = ({ contextId, path }: Place) =>
    foldersAbove(path).map((folder) => keyOf({ contextId, path: folder }));

function addTo<T>(index: Map<string, Set<T>>, key: string, item: T): void {
    const items = index.get(key);
    if (items) items.add(item);
    else index.set(key, new Set([item]));
}
