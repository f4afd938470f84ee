/** Many sessions created at the same time: the time on the wire against the least requests, and the provider's memory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withAgb } from "../lib/agb.mjs";
import { measured } from "../lib/measured.mjs";
import { cleanEnvironment, engines, ROOT, withProjects } from "../lib/project.mjs";
import { alternate, comparison, figure } from "../lib/rounds.mjs";

export const title =
    "100 sessions with two mounts each, created at once, at a latency of 50 ms and with syncs of 0.2 s";
export const gap =
    "The engine registers, checks and creates one resource after another, and the provider handles them in one process.";

const LIMIT = join(ROOT, "bench", "programs", "fleetLimit.mjs");
const HOOK = join(ROOT, "bench", "lib", "providerMemory.cjs");
const KB_PER_MB = 1024;

export async function run({ rounds, small }) {
    const size = small ? 4 : 100;
    const service = small ? {} : { latencyMs: 50, syncTimeMs: 200 };
    const env = {
        BENCH_SIZE: String(size),
        BENCH_LATENCY_MS: String(service.latencyMs ?? 0),
        BENCH_SYNC_MS: String(service.syncTimeMs ?? 0),
    };
    const rows = [];
    for (const engine of engines({ small })) {
        const { ours, limit, bare } = await alternate(rounds, {
            ours: () => withAgb(service, (agb) => deploy(engine, "fleet.js", { ...agb.env, ...env }, size, agb)),
            limit: () => withAgb(service, (agb) => sendLeast(agb, { ...agb.env, ...env })),
            ...(!small && {
                bare: () => deploy(engine, "bare.js", { ...env, BENCH_SIZE: String(size + 2) }, size),
            }),
        });
        const what = `${size} sessions, ${engine.name}`;
        rows.push(
            comparison({
                what: `${what}: first to last request`,
                unit: "s",
                ours,
                against: "least requests at once",
                theirs: limit,
                of: ({ span }) => span,
                limit: "1",
                goal: 2.5,
            }),
            figure({
                what: `${what}: requests`,
                unit: "requests",
                values: ours.map(({ requests }) => requests),
                limit: `${limit[0].requests}`,
            }),
        );
        if (bare) {
            rows.push(
                figure({
                    what: `${what}: memory of the provider over a bare one`,
                    unit: "MB",
                    values: ours.map(({ memory }, round) => memory - bare[round].memory),
                    limit: "0",
                    goal: 40,
                }),
            );
        }
    }
    return { rows };
}

function deploy(engine, program, env, size, agb) {
    return withProjects(engine, [program], env, async ([project]) => {
        const file = join(project.folder, "memory");
        const usage = await project.up(["--parallel", String(size)], {
            NODE_OPTIONS: `--require=${HOOK}`,
            BENCH_MEMORY_FILE: file,
        });
        return { ...usage, ...(agb && spanOf(await agb.requests())), memory: Number(readFileSync(file)) / KB_PER_MB };
    });
}

async function sendLeast(agb, env) {
    const usage = await measured([process.execPath, LIMIT], { env: { ...cleanEnvironment(), ...env } });
    return { ...usage, ...spanOf(await agb.requests()) };
}

const spanOf = (requests) => ({
    requests: requests.length,
    span: (Math.max(...requests.map(({ end }) => end)) - Math.min(...requests.map(({ start }) => start))) / 1000,
});
