/** An `up` without changes, against dynamic resources that do nothing and against the textbook way to write a provider. */
import { withAgb } from "../lib/agb.mjs";
import { engines, withProjects } from "../lib/project.mjs";
import { alternate, comparison } from "../lib/rounds.mjs";

export const title = "An `up` that changes nothing";
export const gap =
    "A resource of this package registers more inputs and outputs than a bare one, and the SDK spends time on each.";

export async function run({ rounds, small }) {
    const size = small ? 2 : 200;
    const rows = [];
    for (const engine of engines({ small })) {
        // `many` deploys bare resources at a small size, too.
        const names = small ? ["agb.js", "textbook.js"] : ["agb.js", "textbook.js", "bare.js"];
        const [ours, textbook, bare] = await measure(engine, names, size, { rounds, small });
        const what = `${size} resources, ${engine.name}`;
        if (bare) {
            const limit = "1: what Pulumi itself does";
            rows.push(comparison({ what, ours, against: "bare dynamic resources", theirs: bare, limit, goal: 1.15 }));
        }
        rows.push(comparison({ what, ours, against: "textbook provider", theirs: textbook, goal: 1 / 1.35 }));
    }
    return { rows };
}

/** The results of each program. */
function measure(engine, names, size, { rounds, small }) {
    return withAgb({}, (agb) =>
        withProjects(engine, names, { ...agb.env, BENCH_SIZE: String(size) }, async (projects) => {
            // A check of the benchmark is content with the creation.
            if (!small) for (const project of projects) await project.up();
            const contenders = projects.map((project) => () => project.up(small ? [] : ["--expect-no-changes"]));
            return Object.values(await alternate(rounds, contenders));
        }),
    );
}
