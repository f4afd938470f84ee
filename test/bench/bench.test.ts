/** The benchmarks run at a small size, so none rots, and their results are as generated. They judge no times here. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/engines";
import { run } from "../support/processes";

interface Row {
    what: string;
    ours: { median: number };
    ratio?: { median: number };
}

const BENCH = join(root, "bench");
const MAIN = join(BENCH, "main.mjs");
const names = readdirSync(join(BENCH, "benchmarks")).map((file) => file.replace(/\.mjs$/, ""));
const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("the benchmarks", () => {
    for (const name of names) {
        it(`run ${name} at a small size`, async ({ skip }) => {
            skip(!hasPython, "there is no Python on this machine");
            const { exit, stdout, text } = await run([process.execPath, MAIN, name, "--small", "--json"]);
            expect(exit, text).toBe(0);
            const { [name]: result } = JSON.parse(stdout) as Record<string, { rows: Row[] }>;
            const rows = result?.rows ?? [];
            expect(rows.map(({ what }) => what)).not.toEqual([]);
            const numbers = rows.flatMap(({ ours, ratio }) => [ours.median, ...(ratio ? [ratio.median] : [])]);
            expect(numbers.filter((number) => !Number.isFinite(number))).toEqual([]);
        });
    }
});

it("the results, their charts and the figures of the README are as generated", async () => {
    const script = `
        import { readFileSync } from "node:fs";
        import { generate } from "./bench/lib/results.mjs";
        const read = (file) => readFileSync(file, "utf8");
        const files = generate(JSON.parse(read("bench/results.json")), read("README.md"));
        console.log(JSON.stringify(Object.keys(files).filter((file) => files[file] !== read(file))));`;
    const { stdout, text } = await run([process.execPath, "--input-type=module", "--eval", script], { cwd: root });
    expect(text).toBe(stdout);
    expect(JSON.parse(stdout)).toEqual([]);
});
