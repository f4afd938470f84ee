/** The benchmarks by name. Each is a file in `benchmarks/`. */

export const BENCHMARKS = [
    "noop",
    "many",
    "state",
    "workflow",
    "lag",
    "fleet",
    "files",
    "import",
    "engine",
    "emulator",
];

/** Runs a benchmark. Its values to reach are for the full size only. */
export async function runBenchmark(name, options) {
    const { title, gap, run } = await import(`../benchmarks/${name}.mjs`);
    const { rows, skipped = [] } = await run(options);
    const judged = options.small ? rows.map(({ goal: _goal, isReached: _isReached, ...row }) => row) : rows;
    return { name, title, gap, rows: judged, skipped };
}
