/**
 * Measures the memory that a process needs to write a file to a context and to read it back, against a local AGB in
 * another process: `node bench/contextFile.js [MEGABYTES]`. Prints the seconds and the largest growth of the process's
 * resident set for each direction.
 */
"use strict";
const { spawn } = require("node:child_process");
const { randomBytes } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { AgbClient, digestOf } = require("../dist/provider/agb");

const CLI = path.resolve(__dirname, "../dist/cli/main.js");
const MB = 1024 * 1024;
const size = Number(process.argv[2] || 1024) * MB;

async function main() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-agb-bench-"));
    const { AGB_API_KEY, ...env } = process.env;
    const server = spawn(process.execPath, [CLI, "local", "--data", path.join(folder, "agb")], {
        env,
        stdio: "ignore",
    });
    try {
        const file = path.join(folder, "file");
        write(file);
        const client = new AgbClient({ ...(await reached(path.join(folder, "agb"))), timeoutMs: 60_000 });
        const { id } = await client.ensureContext("bench");
        // What a first transfer loads and compiles is not the file's.
        await client.uploadContextFile(id, "/home/small", { text: "small" });
        await digestOf(await client.downloadContextFile(id, "/home/small"));

        const sent = await measured("up", () => client.uploadContextFile(id, "/home/file", { file }));
        const got = await measured("down", async () => digestOf(await client.downloadContextFile(id, "/home/file")));
        if (sent.hash !== got.hash || got.size !== size) throw new Error("what came back is not what was sent");
        await client.close();
    } finally {
        server.kill();
        await new Promise((resolve) => server.once("close", resolve));
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

function write(file) {
    const descriptor = fs.openSync(file, "w");
    for (let written = 0; written < size; written += MB) {
        fs.writeSync(descriptor, randomBytes(Math.min(MB, size - written)));
    }
    fs.closeSync(descriptor);
}

/** How the local AGB is reached, once it has said so. */
async function reached(dataFolder) {
    for (;;) {
        try {
            const { endpoint } = JSON.parse(fs.readFileSync(path.join(dataFolder, "server.json"), "utf8"));
            return { endpoint, apiKey: fs.readFileSync(path.join(dataFolder, "api-key"), "utf8").trim() };
        } catch {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    }
}

async function measured(way, transfer) {
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const begun = process.hrtime.bigint();
    const result = await transfer();
    clearInterval(watch);
    most = Math.max(most, process.memoryUsage().rss);
    console.log(
        `${size / MB} MB ${way}: ${(Number(process.hrtime.bigint() - begun) / 1e9).toFixed(1)} s, ${((most - before) / MB).toFixed(0)} MB more memory (from ${(before / MB).toFixed(0)} MB)`,
    );
    return result;
}

main().catch((error) => {
    console.error(error);
    process.exitCode = 1;
});
