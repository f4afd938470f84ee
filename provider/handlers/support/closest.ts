/** Suggestions for misspelt names. */

/** The candidate that differs from the name by at most a third of its letters, if there is one. Case does not count. */
export function closest(name: string, candidates: string[]): string | undefined {
    const ranked = candidates
        .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
        .sort((a, b) => a.distance - b.distance);
    const [best] = ranked;
    return best && best.distance <= Math.max(1, Math.floor(name.length / 3)) ? best.candidate : undefined;
}

/** How many letters have to be inserted, removed or replaced to turn one text into the other. */
function editDistance(a: string, b: string): number {
    let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (const [i, letter] of Array.from(a).entries()) {
        const row = [i + 1];
        for (let j = 0; j < b.length; j++) {
            const replaced = (previous[j] ?? 0) + (letter === b[j] ? 0 : 1);
            row.push(Math.min(replaced, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
        }
        previous = row;
    }
    return previous[b.length] ?? 0;
}
