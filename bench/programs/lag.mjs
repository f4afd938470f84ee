/**
 * Creates `BENCH_SIZE` sessions, syncs and deletes each, one kind after the other. Sessions begin at intervals, so their
 * requests keep their order. Prints when each handler has returned, in milliseconds since the epoch.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { create, remove } from "../lib/handlers.mjs";

const INTERVAL_MS = 300;
const PATH = "/home/work";

const { id: contextId } = await create("context", "bench", {});
const numbers = Array.from({ length: Number(process.env.BENCH_SIZE) }, (_, index) => index);
const times = {};

/** Runs `work` for each session, and records when it has returned. */
async function record(kind, work) {
    times[kind] = [];
    return Promise.all(
        numbers.map(async (number) => {
            await sleep(number * INTERVAL_MS);
            const result = await work(number);
            times[kind][number] = Date.now();
            return result;
        }),
    );
}

const sessions = await record("create", (number) =>
    create("session", `session${number}`, {
        imageId: "agb-code-space-1",
        idleReleaseTimeout: 1800,
        contextSyncs: [{ contextId, path: PATH }],
    }),
);
await record("sync", (number) =>
    create("sync", `sync${number}`, { sessionId: sessions[number].id, contextId, path: PATH }),
);
await record("delete", (number) => remove("session", sessions[number]));
console.log(JSON.stringify(times));
process.exit();
