/** The command of the benchmarks: `npm run bench -- [NAME...] [--small] [--json] [--write] [--rounds NUMBER]`. */
import { parseArgs } from "node:util";
import { BENCHMARKS, runBenchmark } from "./lib/benchmarks.mjs";
import { text } from "./lib/report.mjs";
import { writeResult } from "./lib/results.mjs";

/** The least number of rounds whose spread means something. */
const ROUNDS = 5;

const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
        /** Runs once at a small size and judges nothing. */
        small: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        /** Writes the results to `RESULTS.md`. */
        write: { type: "boolean", default: false },
        rounds: { type: "string", default: String(ROUNDS) },
    },
});
const unknown = positionals.find((name) => !BENCHMARKS.includes(name));
if (unknown !== undefined) throw new Error(`"${unknown}" is not a benchmark. Choose from: ${BENCHMARKS.join(", ")}`);
if (flags.write && flags.small) throw new Error("--write needs a full run, without --small");

const results = [];
for (const name of positionals.length > 0 ? positionals : BENCHMARKS) {
    const result = await runBenchmark(name, { small: flags.small, rounds: flags.small ? 1 : Number(flags.rounds) });
    results.push(result);
    if (!flags.json) console.log(`${text(result)}\n`);
    // After each benchmark, so an interrupted run keeps what it has measured.
    if (flags.write) writeResult(result);
}
if (flags.json) console.log(JSON.stringify(Object.fromEntries(results.map((result) => [result.name, result]))));
