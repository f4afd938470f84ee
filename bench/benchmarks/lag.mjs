/** How long after the end of a sync a resource is ready, and how many polls that takes. */
import { join } from "node:path";
import { withAgb } from "../lib/agb.mjs";
import { measured } from "../lib/measured.mjs";
import { cleanEnvironment, ROOT } from "../lib/project.mjs";
import { figure, summary } from "../lib/rounds.mjs";

export const title = "The time from the end of a sync to the end of the wait for it";
export const gap =
    "AGB does not say when a sync will end, so a wait must poll. The lag is at most one pause and one round trip, and pauses grow with the time waited. To keep to a tenth at the worst would take 41 polls in the first 10 s.";

const LATENCY_MS = 50;
/** What a lag may be in addition to a round trip, or as a share of the sync. */
const ALLOWED_MS = 50;
const ALLOWED_SHARE = 0.1;
/** Syncs that are measured in parallel with everything else, because they take long. */
const LONG_SECONDS = 10;
const WAITERS = 20;
const WAITERS_SYNC_MS = 30_000;
const POLLS_WITHIN_MS = 10_000;

const program = (name) => join(ROOT, "bench", "programs", name);

export async function run({ rounds, small }) {
    const times = small ? [0.1] : [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
    const long = times.filter((seconds) => seconds >= LONG_SECONDS);
    const inBackground = Promise.all([
        ...long.map((seconds) => measureLag(seconds, rounds)),
        ...(small ? [] : [measurePolls(1), measurePolls(WAITERS)]),
    ]);
    const rows = [];
    for (const seconds of times.filter((each) => each < LONG_SECONDS)) rows.push(await measureLag(seconds, rounds));
    return { rows: [...rows, ...(await inBackground)].flat() };
}

async function measureLag(seconds, rounds) {
    const syncMs = seconds * 1000;
    const lags = await withAgb({ latencyMs: LATENCY_MS, syncTimeMs: syncMs }, async (agb) => {
        const { stdout } = await play(agb, "lag.mjs", rounds);
        return lagsOf(JSON.parse(stdout), await agb.requests(), syncMs, rounds);
    });
    const [kind, values] = Object.entries(lags).sort(([, a], [, b]) => summary(b).median - summary(a).median)[0];
    return figure({
        what: `a sync of ${seconds} s, the slowest of create, Sync and delete: ${kind}`,
        unit: "ms",
        values,
        limit: "0",
        goal: Math.max(syncMs * ALLOWED_SHARE, LATENCY_MS + ALLOWED_MS),
    });
}

/** A sync begins when AGB has answered the request that starts it. The sessions have sent theirs in order. */
function lagsOf(times, requests, syncMs, rounds) {
    const ends = (call) => requests.filter((request) => request.call === call).map(({ end }) => end + syncMs);
    const syncs = ends("SyncContext");
    const releases = requests.filter(({ call }) => call === "releaseSessionAsync");
    const difference = (later, earlier) => later.map((time, index) => time - earlier[index]);
    return {
        create: difference(times.create, ends("createSession")),
        Sync: difference(times.sync, syncs.slice(0, rounds)),
        // Its last step waits for the release, which takes as long as the service takes.
        delete: difference(
            releases.map(({ start }) => start),
            syncs.slice(rounds),
        ),
    };
}

async function measurePolls(waiters) {
    return withAgb({ latencyMs: LATENCY_MS, syncTimeMs: WAITERS_SYNC_MS }, async (agb) => {
        const { stdout } = await play(agb, "waiters.mjs", waiters);
        const { startedAt } = JSON.parse(stdout);
        const polls = (await agb.requests()).filter(({ call }) => call === "GetContextInfo").map(({ start }) => start);
        const between = (from, to) => polls.filter((time) => time >= startedAt + from && time < startedAt + to).length;
        const what = waiters === 1 ? "one waiter" : `${waiters} waiters that begin one after another`;
        const later = between(POLLS_WITHIN_MS, WAITERS_SYNC_MS) / ((WAITERS_SYNC_MS - POLLS_WITHIN_MS) / 1000);
        return [
            figure({
                what: `polls of a session in the first 10 s, ${what}`,
                unit: "polls",
                values: [between(0, POLLS_WITHIN_MS)],
                goal: 30,
            }),
            figure({
                what: `polls of a session after that, ${what}`,
                unit: "polls per second",
                values: [later],
                goal: 1,
            }),
        ];
    });
}

const play = (agb, name, size) =>
    measured([process.execPath, program(name)], {
        env: { ...cleanEnvironment(), ...agb.env, BENCH_SIZE: String(size) },
    });
