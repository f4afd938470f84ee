/** Stacks of 1,000 and 2,000 resources, created and then unchanged, against dynamic resources that do nothing. */
import { withAgb } from "../lib/agb.mjs";
import { engines, withProjects } from "../lib/project.mjs";
import { alternate, comparison, figure } from "../lib/rounds.mjs";

export const title = "Stacks of 1,000 and 2,000 resources";
export const gap =
    "Next to what `noop` shows, each creation sends requests, and the engine saves the state around it. A resource of this package takes twice as much of the state as a bare one.";

/** The `pulumi` command needs minutes for 2,000 resources, and is not what is measured. */
const SIZES = { "embedded engine": [1000, 2000], "pulumi command": [1000] };

export async function run({ rounds, small }) {
    const rows = [];
    for (const engine of engines({ small })) {
        const requests = [];
        for (const size of small ? [2] : SIZES[engine.name]) {
            const { ours, bare } = await alternate(rounds, {
                ours: () => measure(engine, "agb.js", size, small),
                bare: () => measure(engine, "bare.js", size, small),
            });
            rows.push(...rowsOf(`${size} resources, ${engine.name}`, ours, bare));
            requests.push(ours.map((result) => result.requests));
        }
        if (requests.length > 1) rows.push(growth(engine, requests));
    }
    return { rows };
}

/** What `up` uses to create everything, and to find that nothing has changed, which `noop` runs at a small size. */
function measure(engine, program, size, small) {
    return withAgb({}, (agb) =>
        withProjects(engine, [program], { ...agb.env, BENCH_SIZE: String(size) }, async ([project]) => {
            const create = await project.up();
            const requests = (await agb.requests()).length;
            return { create, requests, ...(!small && { noop: await project.up(["--expect-no-changes"]) }) };
        }),
    );
}

function rowsOf(what, ours, bare) {
    const row = (step, kind, goal) =>
        comparison({
            what: `${what}: ${step}`,
            ours: ours.map((result) => result[kind]),
            against: "bare dynamic resources",
            theirs: bare.map((result) => result[kind]),
            limit: "1: what Pulumi itself does",
            goal,
        });
    return [row("creation", "create", 1.3), ...(ours[0].noop ? [row("no changes", "noop", 1.2)] : [])];
}

const growth = (engine, [smaller, larger]) =>
    figure({
        what: `requests for twice the resources, ${engine.name}`,
        unit: "times as many",
        values: larger.map((count, round) => count / smaller[round]),
        limit: "2",
        goal: 2.1,
    });
