/**
 * Measures the memory that a process needs to write a file to a context and to read it back, against a local AGB in
 * another process: `node bench/contextFile.js [MEGABYTES]`. Prints the seconds and the largest growth of the process's
 * resident set for each direction.
 */
"use strict";
const { randomBytes } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { AgbClient, digestOf } = require("../dist/provider/agb");
const { startLocalAgb } = require("./localAgb");

const MB = 1024 * 1024;
const size = Number(process.argv[2] || 1024) * MB;

async function main() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-agb-bench-"));
    const agb = await startLocalAgb(path.join(folder, "agb"));
    try {
        const file = path.join(folder, "file");
        writeRandomFile(file);
        const client = new AgbClient({ endpoint: agb.endpoint, apiKey: agb.apiKey, timeoutMs: 60_000 });
        const { id } = await client.ensureContext("bench");
        // A first transfer also loads and compiles code, which must not count.
        await client.uploadContextFile(id, "/home/small", { text: "small" });
        await digestOf(await client.downloadContextFile(id, "/home/small"));

        const sent = await measure("up", () => client.uploadContextFile(id, "/home/file", { file }));
        const received = await measure("down", async () =>
            digestOf(await client.downloadContextFile(id, "/home/file")),
        );
        if (sent.hash !== received.hash || received.size !== size) {
            throw new Error("The downloaded file differs from the uploaded file");
        }
        await client.close();
    } finally {
        await agb.stop();
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

function writeRandomFile(file) {
    const descriptor = fs.openSync(file, "w");
    for (let written = 0; written < size; written += MB) {
        fs.writeSync(descriptor, randomBytes(Math.min(MB, size - written)));
    }
    fs.closeSync(descriptor);
}

async function measure(direction, transfer) {
    const rssBefore = process.memoryUsage().rss;
    let peakRss = rssBefore;
    const sample = () => (peakRss = Math.max(peakRss, process.memoryUsage().rss));
    const sampling = setInterval(sample, 20);
    const startedAt = performance.now();
    const result = await transfer();
    const seconds = (performance.now() - startedAt) / 1000;
    clearInterval(sampling);
    sample();
    console.log(
        `${size / MB} MB ${direction}: ${seconds.toFixed(1)} s, ${((peakRss - rssBefore) / MB).toFixed(0)} MB more memory (from ${(rssBefore / MB).toFixed(0)} MB)`,
    );
    return result;
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
