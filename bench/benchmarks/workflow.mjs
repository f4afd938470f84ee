/** The daily work with a session, against the official Python SDK and against the least requests that do it. */
import { join } from "node:path";
import { withAgb } from "../lib/agb.mjs";
import { measured } from "../lib/measured.mjs";
import { cleanEnvironment, ROOT } from "../lib/project.mjs";
import { MISSING_SDK, pythonWithSdk } from "../lib/pythonSdk.mjs";
import { alternate, comparison, figure } from "../lib/rounds.mjs";
import { short } from "../lib/report.mjs";

export const title = "A session with three mounts, 1 MB written, released, and read again in a new session";
export const gap =
    "The limit knows when a sync ends and asks at that moment. This package asks again after a pause that grows with the time waited.";

const POLLS = new Set(["GetContextInfo", "getSessionInfo"]);
const program = (name) => join(ROOT, "bench", "programs", name);
const seconds = (result) => result.seconds;

export async function run({ rounds, small }) {
    const sdk = small ? undefined : pythonWithSdk();
    const [latencyMs, bytes] = small ? [0, 60_000] : [50, 1024 * 1024];
    const rows = [];
    for (const [syncMs, goal] of small
        ? [[20, 0]]
        : [
              [200, 0.35],
              [1000, 0.72],
              [3000, 0.88],
          ]) {
        const env = { BENCH_SYNC_MS: String(syncMs), BENCH_LATENCY_MS: String(latencyMs), BENCH_BYTES: String(bytes) };
        const play = (...argv) => withAgb({ latencyMs, syncTimeMs: syncMs }, (agb) => once(agb, env, argv));
        const results = await alternate(rounds, {
            ours: () => play(process.execPath, program("workflow.mjs")),
            limit: () => play(process.execPath, program("workflowLimit.mjs")),
            ...(sdk && { sdk: () => play(sdk.python, program("workflow.py")) }),
        });
        rows.push(...rowsOf(`syncs of ${syncMs / 1000} s`, results, goal));
    }
    return { rows, skipped: sdk || small ? [] : [MISSING_SDK] };
}

function rowsOf(what, { ours, limit, sdk }, goal) {
    const least = limit.map(seconds);
    const compare = (against, theirs, more) =>
        comparison({ what, unit: "s", ours, against, theirs, of: seconds, ...more });
    return [
        ...(sdk ? [compare("official Python SDK", sdk, { goal, limit: ratioOf(least, sdk.map(seconds)) })] : []),
        compare("least requests", limit, { goal: 1.05, limit: "1" }),
        figure({
            what: `${what}: requests other than polls and tool calls`,
            unit: "requests",
            values: ours.map(({ requests }) => requests),
            limit: String(limit[0].requests),
            goal: 5,
        }),
    ];
}

const ratioOf = (least, theirs) => short(Math.min(...least.map((time, round) => time / theirs[round])));

async function once(agb, env, argv) {
    const { stdout, cpu } = await measured(argv, {
        env: { ...cleanEnvironment(), ...agb.env, AGB_LOG_LEVEL: "ERROR", ...env },
    });
    const requests = (await agb.requests()).filter(({ call }) => !POLLS.has(call) && call !== "mcp");
    return { ...JSON.parse(stdout.slice(stdout.lastIndexOf('{"seconds"'))), cpu, requests: requests.length };
}
