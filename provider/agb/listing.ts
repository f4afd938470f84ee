/** Reads listings that have pages or folders, so that each ends and none misses an entry. */
import { AgbConnectionError } from "./errors";

/** No listing comes close to this number of pages. */
export const MAX_PAGES = 2000;
/** How many pages in a row can be without a new entry. */
export const MAX_STALE_PAGES = 10;
/** How often a listing is read if it changes meanwhile. */
const MAX_PASSES = 5;
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
    /** Whether no page follows. */
    isLast: boolean;
}

/**
 * Returns the items of a listing whose pages are numbered from 1, each item once.
 *
 * If an item is removed while such a listing is read, later items move to pages that were already read. So each page is
 * read again after the one that follows it. If it has changed, the listing is read from the start.
 */
export async function* numberedPages<T>(
    call: string,
    readPage: (page: number) => Promise<Page<T>>,
    idOf: (item: T) => string,
): AsyncGenerator<T> {
    const returned = new Set<string>();
    const unreturned = (items: T[]) => items.filter((item) => !returned.has(idOf(item)) && returned.add(idOf(item)));
    for (let pass = 1; pass <= MAX_PASSES; pass++) {
        const read = new Set<string>();
        let previousIds = "";
        for (let number = 1; ; number++) {
            const { items, isLast } = await readPage(number);
            yield* unreturned(items);
            if (number > 1) {
                const again = await readPage(number - 1);
                yield* unreturned(again.items);
                if (idsOf(again.items, idOf) !== previousIds) break;
            }
            if (isLast) return;
            if (number > MAX_PAGES || items.every((item) => read.has(idOf(item)))) throw endlessListingError(call);
            for (const item of items) read.add(idOf(item));
            previousIds = idsOf(items, idOf);
        }
    }
}

const idsOf = <T>(items: T[], idOf: (item: T) => string): string => JSON.stringify(items.map(idOf));

interface Entry {
    filePath: string;
}

/** Returns every file below a folder. Throws an error if a folder lists a folder that is not below it. */
export async function* walkFolders<T extends Entry>(
    call: string,
    root: string,
    list: (folder: string) => AsyncIterable<T>,
    isFolder: (entry: T) => boolean,
): AsyncGenerator<T> {
    const folders = [root];
    for (let visited = 0; folders.length > 0; visited++) {
        const folder = folders.pop() ?? root;
        if (visited > MAX_FOLDERS || folder.length > MAX_PATH_LENGTH) throw endlessListingError(call);
        for await (const entry of list(folder)) {
            if (!isFolder(entry)) yield entry;
            else if (isBelow(entry.filePath, folder)) folders.push(entry.filePath.replace(/\/+$/, ""));
            else throw endlessListingError(call);
        }
    }
}

function isBelow(path: string, folder: string): boolean {
    const prefix = folder.endsWith("/") ? folder : `${folder}/`;
    return path.startsWith(prefix) && /[^/]/.test(path.slice(prefix.length));
}
