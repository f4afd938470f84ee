/** Runs a local AGB in a process of its own, for the benchmarks. */
"use strict";
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

const CLI = path.resolve(__dirname, "../dist/cli/main.js");

/** Starts a server on a data folder. Returns its `endpoint`, `apiKey` and `pid`, and a function that stops it. */
async function startLocalAgb(dataFolder) {
    const { AGB_API_KEY, ...env } = process.env;
    const server = spawn(process.execPath, [CLI, "local", "--data", dataFolder], { env, stdio: "ignore" });
    const closed = once(server, "close");
    const stop = async () => {
        server.kill();
        await closed;
    };
    while (server.exitCode === null) {
        try {
            const { endpoint } = JSON.parse(fs.readFileSync(path.join(dataFolder, "server.json"), "utf8"));
            const apiKey = fs.readFileSync(path.join(dataFolder, "api-key"), "utf8").trim();
            return { endpoint, apiKey, pid: server.pid, stop };
        } catch {
            await sleep(50);
        }
    }
    throw new Error(`The local AGB exited with code ${server.exitCode}`);
}

module.exports = { startLocalAgb };
