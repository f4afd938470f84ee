/**
 * Uploads the file `BENCH_FILE` to a context, or downloads it with the argument `down`. Prints the seconds, and in MB the
 * resident memory before the transfer and by how much it grew.
 */
import { AgbClient, digestOf } from "pulumi-agb/client";

const MB = 1024 * 1024;
const INTERVAL_MS = 20;

const client = await AgbClient.connect();
const { id } = await client.ensureContext("bench");
// A first transfer also loads and compiles code, which must not count.
await client.uploadContextFile(id, "/home/small", { text: "small" });
await digestOf(await client.downloadContextFile(id, "/home/small"));

const before = process.memoryUsage().rss;
let peak = before;
const sample = () => (peak = Math.max(peak, process.memoryUsage().rss));
const sampling = setInterval(sample, INTERVAL_MS);
const startedAt = performance.now();
const { hash, size } =
    process.argv[2] === "down"
        ? await digestOf(await client.downloadContextFile(id, "/home/file"))
        : await client.uploadContextFile(id, "/home/file", { file: process.env.BENCH_FILE });
const seconds = (performance.now() - startedAt) / 1000;
clearInterval(sampling);
sample();
console.log(JSON.stringify({ seconds, hash, size, memory: before / MB, growth: (peak - before) / MB }));
process.exit();
