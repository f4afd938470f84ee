/** What importing this package adds to a program. */
import { join } from "node:path";
import { measured } from "../lib/measured.mjs";
import { ROOT } from "../lib/project.mjs";
import { figure } from "../lib/rounds.mjs";

export const title = "Importing the package";
export const gap =
    "A program loads the base class of the resources, and the class and the definition table of each that it uses.";

const PROGRAM = join(ROOT, "bench", "programs", "import.cjs");
/** The time is short, so it needs more runs than a deployment. */
const RUNS_PER_ROUND = 4;

export async function run({ rounds, small }) {
    const results = [];
    for (let index = 0; index < (small ? 1 : rounds * RUNS_PER_ROUND); index++) {
        results.push(JSON.parse((await measured([process.execPath, PROGRAM])).stdout));
    }
    const row = (what, key, more) =>
        figure({ what, unit: "ms of CPU", values: results.map((result) => result[key]), ...more });
    return {
        rows: [
            row("this package with two resources, after Pulumi's SDK", "used", { goal: 1.5 }),
            row("this package without any resource", "ours"),
            row("Pulumi's SDK itself", "sdk"),
        ],
    };
}
