/** The tests of some resources: a sample of the faults, or all of them. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findTrials, runTrials, startLanes, type Lane } from "./matrix";
import type { Story } from "./scene";
import { cellOf, readTable, rowOf, symbolsOf, withTable, type Result, type Symbol } from "./table";
import { NOT_ENDED, NOT_OCCURRED, titleOf, type Trial } from "./trial";

const PAGE = resolve(__dirname, "../../docs/reliability.md");
const isComplete = process.env.FAULTS === "all";
const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const SAMPLE_SIZE = 24;
const LANES = 12;
/** For a machine that is busy with other things. */
const COMPLETE_TIMEOUT_MS = 20 * 60_000;
/** By how much limits grow for a cell that differs from the table: the machine may have been too slow for the usual ones. */
const PATIENCE = 4;

/** Tests all stories of the resources, or a sample of so many cells of their table. */
export function testFaults(resources: readonly string[], stories: readonly Story[], sampleSize = SAMPLE_SIZE): void {
    const size = Number(process.env.RUNS ?? sampleSize);
    const readPage = (): string => readFileSync(PAGE, "utf8");
    const documented = new Map(
        [...readTable(readPage())].filter(([cell]) => resources.some((name) => isOf(cell, name))),
    );
    let lanes: Lane[];
    let trials: Trial[];
    beforeAll(async () => {
        lanes = await startLanes(LANES);
        trials = await findTrials(lanes, stories);
    });
    afterAll(() => Promise.all(lanes.map(({ agb }) => agb.close())));

    /** The symbols of these trials. No trial may end in another way than promised. */
    async function symbolsFor(selected: Trial[]): Promise<Map<string, Symbol>> {
        const results = await runTrials(lanes, selected);
        const symbols = symbolsOf(results);
        const differs = (trial: Trial) => symbols.get(cellOf(trial)) !== documented.get(cellOf(trial));
        // On a busy machine, an operation can reach its limit before the fault, or take too long.
        const isVoid = ({ verdict }: Result) =>
            verdict.problems.some((problem) => problem === NOT_OCCURRED || problem.includes(NOT_ENDED));
        const again = new Set([...selected.filter(differs), ...results.filter(isVoid).map(({ trial }) => trial)]);
        const patient = await runTrials(lanes, [...again], PATIENCE);
        expect(problemsOf([...results.filter((result) => !isVoid(result)), ...patient])).toEqual([]);
        return new Map([...symbols, ...symbolsOf(patient)]);
    }

    it.runIf(isComplete)(
        "every fault of every call ends as the table says",
        { timeout: COMPLETE_TIMEOUT_MS },
        async () => {
            const symbols = await symbolsFor(trials);
            await expect(
                withTable(readPage(), resources, symbols),
                "docs/reliability.md is out of date. Run: npm run test:faults -- --update",
            ).toMatchFileSnapshot(PAGE);
        },
    );

    describe.runIf(!isComplete)("a sample", () => {
        it("of the faults ends as the table says", async () => {
            console.log(`faults of ${resources.join(", ")}: SEED=${seed} RUNS=${size}`);
            const cells = [...new Set(trials.map(cellOf))];
            const [sample] = fc.sample(fc.shuffledSubarray(cells, { minLength: size, maxLength: size }), {
                seed,
                numRuns: 1,
            });
            const symbols = await symbolsFor(trials.filter((trial) => sample?.includes(cellOf(trial))));
            const expected = [...symbols.keys()].map((cell): [string, unknown] => [cell, documented.get(cell)]);
            expect(Object.fromEntries(symbols)).toEqual(Object.fromEntries(expected));
        });

        it("is taken from a table that lists every call of every operation", () => {
            const rows = [...documented.keys()].map((cell) => cell.slice(0, cell.lastIndexOf("`") + 1));
            expect([...new Set(trials.map(rowOf))].sort()).toEqual([...new Set(rows)].sort());
        });
    });
}

const isOf = (cell: string, resource: string): boolean => cell.startsWith(`${resource} `);

const problemsOf = (results: Result[]): string[] =>
    results.flatMap(({ trial, verdict }) => verdict.problems.map((problem) => `${titleOf(trial)}: ${problem}`));
