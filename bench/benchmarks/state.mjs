/** How much of the state each resource takes. */
import { withAgb } from "../lib/agb.mjs";
import { engines, withProjects } from "../lib/project.mjs";
import { figure } from "../lib/rounds.mjs";

export const title = "The size of a resource in the state";
export const gap =
    "A mount needs its context, its path and its sync status, and Pulumi stores inputs and outputs separately.";

const BYTES_PER_KB = 1000;

export async function run({ small }) {
    const [engine] = engines({ small: true });
    const kilobytes = (resource) => JSON.stringify(resource).length / BYTES_PER_KB;
    const sizes = async (programs) =>
        withAgb({}, (agb) =>
            withProjects(engine, programs, { ...agb.env, BENCH_SIZE: "1" }, async (projects) => {
                for (const project of projects) await project.up();
                const resources = projects.flatMap((project) => project.resources());
                return Object.fromEntries(resources.map((resource) => [resource.urn.split("::").at(-1), resource]));
            }),
        );
    // The state is the same in every run.
    const { c0, s0, s1, s3, bare0 } = await sizes(small ? ["state.js"] : ["state.js", "bare.js"]);
    const row = (what, value, more) => figure({ what, unit: "KB", values: [value], ...more });
    return {
        rows: [
            row("a mount", (kilobytes(s3) - kilobytes(s1)) / 2, { goal: 0.3 }),
            row("a context", kilobytes(c0)),
            row("a session without mounts", kilobytes(s0)),
            ...(bare0 ? [row("a bare dynamic resource", kilobytes(bare0))] : []),
        ],
    };
}
