/** Alternating runs, and what their figures say. */

/**
 * Runs each contender once per round, so all see the same machine. Every other round runs them in reverse order. Returns
 * the results of each by its name.
 */
export async function alternate(rounds, contenders) {
    const names = Object.keys(contenders);
    const results = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
        for (const name of round % 2 === 0 ? names : [...names].reverse()) {
            results[name].push(await contenders[name](round));
        }
    }
    return results;
}

/** The median, the least and the greatest of some numbers. */
export function summary(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return { median, least: sorted[0], greatest: sorted.at(-1) };
}

/**
 * A row that compares this package with `against`. `ours` and `theirs` are the results of the same rounds, and `of` reads
 * the compared number from a result. `goal` is the ratio to reach, and `limit` says what bounds it.
 */
export function comparison({ what, unit = "s of CPU", ours, against, theirs, of = ({ cpu }) => cpu, limit, goal }) {
    return {
        what,
        unit,
        against,
        ours: summary(ours.map(of)),
        theirs: summary(theirs.map(of)),
        ...(of(ours[0]) === ours[0].cpu && { wall: { ours: wall(ours), theirs: wall(theirs) } }),
        ...verdict(summary(ours.map((result, round) => of(result) / of(theirs[round]))), goal),
        limit,
        runs: ours.length,
    };
}

/** A row with a number that has its own value to reach. */
export function figure({ what, unit, values, limit, goal }) {
    const ours = summary(values);
    return { what, unit, ours, ...verdict(undefined, goal, ours.median), limit, runs: values.length };
}

const wall = (results) => summary(results.map(({ seconds }) => seconds)).median;

const verdict = (ratio, goal, value = ratio?.median) => ({
    ...(ratio && { ratio }),
    ...(goal !== undefined && { goal, isReached: value <= goal }),
});
