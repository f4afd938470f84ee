/** Suggestions for misspelt words. */

/**
 * The candidate that the word most likely means: at most a third of its letters differ, or it begins with the word. There is
 * none if two are equally near. Case, hyphens and underscores do not count, so `upload_policy` means `uploadPolicy`.
 */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
    const given = letters(word);
    const [best, second] = candidates
        .map((candidate) => ({ candidate, distance: editDistance(given, letters(candidate)) }))
        .sort((a, b) => a.distance - b.distance);
    if (best && best.distance <= Math.max(1, Math.floor(given.length / 3))) {
        return best.distance === second?.distance ? undefined : best.candidate;
    }
    const [longer, ...others] = candidates.filter((candidate) => letters(candidate).startsWith(given));
    return given.length > 2 && others.length === 0 ? longer : undefined;
}

const letters = (word: string) => word.toLowerCase().replace(/[-_]/g, "");

/** How many letters have to be inserted, removed, replaced or swapped with the next one to turn one text into the other. */
function editDistance(a: string, b: string): number {
    let beforePrevious: number[] = [];
    let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 0; i < a.length; i++) {
        const row = [i + 1];
        for (let j = 0; j < b.length; j++) {
            const replaced = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
            const isSwapped = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
            const swapped = isSwapped ? (beforePrevious[j - 1] ?? 0) + 1 : Infinity;
            row.push(Math.min(replaced, swapped, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
        }
        [beforePrevious, previous] = [previous, row];
    }
    return previous[b.length] ?? 0;
}
