/** What a benchmark prints. */

/** A number with the precision that its size deserves. */
export function short(number) {
    const digits = Math.abs(number) >= 100 ? 0 : Math.abs(number) >= 10 ? 1 : 2;
    return number.toFixed(digits);
}

/** The median of a summary, with the spread if there is one. */
export function spread({ median, least, greatest }) {
    const range = `${short(least)}–${short(greatest)}`;
    return least === greatest ? short(median) : `${short(median)} (${range})`;
}

/** The cells of a row: what it measures, this package, the other, the ratio, the limit, the value to reach. */
export function cells({ what, unit, ours, against, theirs, ratio, wall, limit, goal, isReached }) {
    const time = (side) => (wall ? `, ${short(wall[side])} s` : "");
    return {
        what,
        unit,
        ours: spread(ours) + time("ours"),
        other: against === undefined ? "" : `${against}: ${spread(theirs)}${time("theirs")}`,
        ratio: ratio ? spread(ratio) : "",
        limit: limit ?? "",
        goal: goal === undefined ? "" : `${short(goal)}${isReached ? ", reached" : ", missed"}`,
    };
}

export function text({ name, title, rows, skipped }) {
    const lines = rows
        .map(cells)
        .map(({ what, unit, ours, other, ratio, limit, goal }) =>
            [
                `  ${what} (${unit})`,
                `    ${other ? "pulumi-agb" : "measured"}: ${ours}`,
                ...(other ? [`    ${other}`] : []),
                ...(ratio ? [`    ratio: ${ratio}`] : []),
                ...(limit ? [`    limit: ${limit}`] : []),
                ...(goal ? [`    to reach: at most ${goal}`] : []),
            ].join("\n"),
        );
    return [`${name}: ${title}`, ...lines, ...skipped.map((reason) => `  Not measured: ${reason}`)].join("\n");
}
