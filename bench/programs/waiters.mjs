/** Creates a session with `BENCH_SIZE` mounts, then a `Sync` of each, one after another. */
import { setTimeout as sleep } from "node:timers/promises";
import { create } from "../lib/handlers.mjs";

const INTERVAL_MS = 300;

const { id: contextId } = await create("context", "bench", {});
const mounts = Array.from({ length: Number(process.env.BENCH_SIZE) }, (_, index) => ({
    contextId,
    path: `/home/mount${index}`,
}));
const { id: sessionId } = await create("session", "bench", {
    imageId: "agb-code-space-1",
    idleReleaseTimeout: 1800,
    contextSyncs: mounts,
});
console.log(JSON.stringify({ startedAt: Date.now() }));
await Promise.all(
    mounts.map(async (mount, index) => {
        await sleep(index * INTERVAL_MS);
        await create("sync", `sync${index}`, { sessionId, ...mount });
    }),
);
process.exit();
