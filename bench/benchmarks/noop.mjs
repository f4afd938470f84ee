/** An `up` without changes, against dynamic resources that do nothing and against the textbook way to write a provider. */
import { withAgb } from "../lib/agb.mjs";
import { engines, withProjects } from "../lib/project.mjs";
import { alternate, comparison } from "../lib/rounds.mjs";

export const title = "An `up` that changes nothing";
export const gap =
    "A resource of this package registers more inputs and outputs than a bare one, and the SDK spends time on each. A bare resource with inputs of the same size costs 1.25.";

export async function run({ rounds, small }) {
    const size = small ? 2 : 200;
    const rows = [];
    for (const engine of engines({ small })) {
        const [ours, bare, textbook] = await measure(engine, size, rounds);
        const what = `${size} resources, ${engine.name}`;
        rows.push(
            comparison({
                what,
                ours,
                against: "bare dynamic resources",
                theirs: bare,
                limit: "1: what Pulumi itself does",
                goal: 1.15,
            }),
            comparison({ what, ours, against: "textbook provider", theirs: textbook, goal: 1 / 1.35 }),
        );
    }
    return { rows };
}

/** The results of this package, of bare resources and of the textbook provider. */
function measure(engine, size, rounds) {
    return withAgb({}, (agb) =>
        withProjects(
            engine,
            ["agb.js", "bare.js", "textbook.js"],
            { ...agb.env, BENCH_SIZE: String(size) },
            async (projects) => {
                for (const project of projects) await project.up();
                const contenders = projects.map((project) => () => project.up(["--expect-no-changes"]));
                return Object.values(await alternate(rounds, contenders));
            },
        ),
    );
}
