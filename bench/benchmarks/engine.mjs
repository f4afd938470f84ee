/** The quickstart on the embedded engine, against the `pulumi` command. */
import { withAgb } from "../lib/agb.mjs";
import { engines, withProjects } from "../lib/project.mjs";
import { alternate, comparison, figure } from "../lib/rounds.mjs";

export const title = "The quickstart on the embedded engine";
export const gap =
    "Most of the time is the start of Node in the program and in the provider. Before the creation, the types of the program are checked, which takes half of the time.";

/** Each `up`, the ratio to reach, and its options. */
const STEPS = [
    ["creation", 0.47, []],
    ["no changes", 0.5, ["--expect-no-changes"]],
];

export async function run({ rounds, small }) {
    const [embedded, pulumi] = engines({ small });
    const steps = small ? STEPS.slice(0, 1) : STEPS;
    const contenders = {
        ours: () => measure(embedded, steps),
        ...(pulumi && { theirs: () => measure(pulumi, steps) }),
    };
    const { ours, theirs } = await alternate(rounds, contenders);
    const pick = (results, step) => results.map((result) => result[step]);
    const rows = steps.flatMap(([what, goal], step) =>
        rowsOf(what, goal, pick(ours, step), theirs && pick(theirs, step)),
    );
    return { rows, skipped: pulumi || small ? [] : ["the pulumi command"] };
}

/** People wait for the command, so its wall time has a value to reach. */
function rowsOf(what, goal, ours, theirs) {
    if (!theirs) return [figure({ what, unit: "s of CPU", values: ours.map(({ cpu }) => cpu) })];
    const compare = (more) => comparison({ ours, against: "pulumi command", theirs, ...more });
    return [compare({ what, unit: "s", of: ({ seconds }) => seconds, goal }), compare({ what: `${what}, CPU` })];
}

/** What each `up` uses, one after another. */
function measure(engine, steps) {
    return withAgb({}, (agb) =>
        withProjects(engine, ["quickstart"], agb.env, async ([project]) => {
            const results = [];
            for (const [, , args] of steps) results.push(await project.up(args));
            return results;
        }),
    );
}
