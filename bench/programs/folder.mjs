/** Uploads the folder `BENCH_FOLDER` as a `ContextFolder`. Prints the seconds. */
import { AgbClient } from "pulumi-agb/client";
import { create } from "../lib/handlers.mjs";

const client = await AgbClient.connect();
const { id: contextId } = await client.ensureContext("bench");
await client.close();
const startedAt = performance.now();
const { outs } = await create("contextFolder", "bench", {
    contextId,
    path: "/home/work",
    source: process.env.BENCH_FOLDER,
});
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ seconds, files: outs.fileCount }));
process.exit();
