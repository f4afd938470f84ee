/** Preloaded into the processes of a deployment: the one of the dynamic providers reports its peak memory to a file. */
"use strict";
const { writeFileSync } = require("node:fs");

const INTERVAL_MS = 100;

if (process.argv[1]?.includes("dynamic-provider")) {
    const report = () => writeFileSync(process.env.BENCH_MEMORY_FILE, String(process.resourceUsage().maxRSS));
    // The engine kills this process, so the end is no occasion to report.
    setInterval(report, INTERVAL_MS).unref();
}
