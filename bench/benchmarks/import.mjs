/** What importing this package adds to a program. */
import { join } from "node:path";
import { measured } from "../lib/measured.mjs";
import { ROOT } from "../lib/project.mjs";
import { figure } from "../lib/rounds.mjs";

export const title = "Importing the package";
export const gap = "The program loads only the classes and the definition tables of the resources.";

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
        rows: [row("this package, after Pulumi's SDK", "ours", { goal: 1.5 }), row("Pulumi's SDK itself", "sdk")],
    };
}
