/** Reads listings that have pages or folders, so that each ends and none misses an entry. */
import { AgbConnectionError } from "./errors";

/** The largest page that the service is known to allow. */
export const PAGE_SIZE = 50;
/** No listing comes close to this number of pages. */
export const MAX_PAGES = 2000;
/** How many pages in a row can be without a new entry. */
export const MAX_STALE_PAGES = 10;
/** How often a listing is read if it changes meanwhile. */
const MAX_PASSES = 5;
/** How many pages of one listing are read at the same time. */
const MAX_PAGES_AT_ONCE = 32;
/** How many folders are listed at the same time. */
const MAX_FOLDERS_AT_ONCE = 32;
const MAX_FOLDERS = 100_000;
const MAX_PATH_LENGTH = 4096;

export function endlessListingError(call: string): AgbConnectionError {
    return new AgbConnectionError(
        call,
        `AGB's answers to ${call} never end: they repeat themselves, or there are too many. Run the command again. If that does not help, contact AGB's support.`,
        false,
    );
}

export interface Page<T> {
    items: T[];
    /** The number of items and of entries that cannot be read. */
    length: number;
    /** The number of items on all pages, if the answer says so. */
    count: number | undefined;
}

/**
 * Returns the items of a listing whose pages are numbered from 1, each item once. The pages that `count` lets expect are read
 * at the same time. Only a page that is not full ends the listing, because a service may limit what it counts.
 *
 * If an item is added or removed while such a listing is read, other items move to pages that were already read. So all pages
 * are read twice. If one of them has changed, the listing is read from the start.
 */
export async function* numberedPages<T>(
    call: string,
    readPage: (page: number) => Promise<Page<T>>,
    idOf: (item: T) => string,
): AsyncGenerator<T> {
    const returned = new Set<string>();
    const unreturned = (items: T[]) => items.filter((item) => !returned.has(idOf(item)) && returned.add(idOf(item)));
    const readBatch = (from: number, until: number) =>
        Promise.all(
            Array.from({ length: Math.min(until - from + 1, MAX_PAGES_AT_ONCE) }, (_, index) => readPage(from + index)),
        );
    for (let pass = 1; pass <= MAX_PASSES; pass++) {
        const pages: string[] = [];
        const read = new Set<string>();
        let isComplete = false;
        for (let expected = 1; !isComplete;) {
            for (const { items, length, count = 0 } of await readBatch(pages.length + 1, expected)) {
                yield* unreturned(items);
                pages.push(idsOf(items, idOf));
                if (length < PAGE_SIZE) isComplete = true;
                else if (pages.length > MAX_PAGES || items.every((item) => read.has(idOf(item)))) {
                    throw endlessListingError(call);
                }
                for (const item of items) read.add(idOf(item));
                expected = Math.max(pages.length, Math.floor(count / PAGE_SIZE)) + 1;
            }
        }
        let isUnchanged = true;
        for (let number = 1; pages.length > 1 && number <= pages.length;) {
            for (const { items } of await readBatch(number, pages.length)) {
                yield* unreturned(items);
                if (idsOf(items, idOf) !== pages[number++ - 1]) isUnchanged = false;
            }
        }
        if (isUnchanged) return;
    }
}

const idsOf = <T>(items: T[], idOf: (item: T) => string): string => JSON.stringify(items.map(idOf));

interface Entry {
    filePath: string;
}

/**
 * Returns every file below a folder. Folders are listed at the same time. Throws an error if a folder lists a folder that is
 * not below it.
 */
export async function* walkFolders<T extends Entry>(
    call: string,
    root: string,
    list: (folder: string) => AsyncIterable<T>,
    isFolder: (entry: T) => boolean,
): AsyncGenerator<T> {
    const folders = [root];
    const running = new Map<AsyncIterator<T>, Promise<Step<T>>>();
    const advance = (folder: string, entries: AsyncIterator<T>) => {
        const step = entries.next().then((result) => ({ folder, entries, result }));
        // The walk may end before it looks at this step.
        step.catch(() => undefined);
        running.set(entries, step);
    };
    for (let visited = 0; folders.length > 0 || running.size > 0;) {
        while (running.size < MAX_FOLDERS_AT_ONCE) {
            const folder = folders.pop();
            if (folder === undefined) break;
            if (++visited > MAX_FOLDERS || folder.length > MAX_PATH_LENGTH) throw endlessListingError(call);
            advance(folder, list(folder)[Symbol.asyncIterator]());
        }
        const { folder, entries, result } = await Promise.race(running.values());
        if (result.done) {
            running.delete(entries);
            continue;
        }
        const entry = result.value;
        if (!isFolder(entry)) yield entry;
        else if (isBelow(entry.filePath, folder)) folders.push(entry.filePath.replace(/\/+$/, ""));
        else throw endlessListingError(call);
        advance(folder, entries);
    }
}

/** The next entry of a folder. */
interface Step<T> {
    folder: string;
    entries: AsyncIterator<T>;
    result: IteratorResult<T>;
}

function isBelow(path: string, folder: string): boolean {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    return path.startsWith(prefix) && /[^/]/.test(path.slice(prefix.length));
}
