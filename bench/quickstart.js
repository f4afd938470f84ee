/**
 * Measures an `up` of the quickstart without changes on the embedded engine against the `pulumi` command, which must be
 * installed: `node bench/quickstart.js [RUNS]`. The two alternate, so both see the same machine. Prints each pair and the
 * median of the ratios.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
const STACK = "bench";
const runs = Number(process.argv[2] || 9);
const ENGINES = { "pulumi-agb": [process.execPath, path.join(ROOT, "dist/cli/main.js")], pulumi: ["pulumi"] };

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-agb-bench-"));
const env = {
    ...process.env,
    PULUMI_HOME: path.join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${path.join(folder, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    AGB_ENDPOINT: "local",
    AGB_LOCAL_DATA: path.join(folder, "agb"),
};

function seconds(engine, ...args) {
    const [command, ...first] = ENGINES[engine];
    const startedAt = performance.now();
    const { status, stdout, stderr, error } = spawnSync(
        command,
        [...first, ...args, "--stack", STACK, "--yes", "--skip-preview", "--non-interactive"],
        { cwd: ROOT, env, encoding: "utf8" },
    );
    if (status !== 0) {
        throw error ?? new Error(`${engine} ${args.join(" ")} exited with ${status}:\n${stdout}${stderr}`);
    }
    return (performance.now() - startedAt) / 1000;
}

fs.mkdirSync(path.join(folder, "backend"));
try {
    seconds("pulumi-agb", "up");
    // The first run fills caches and writes the state in each engine's own form.
    for (const engine of Object.keys(ENGINES)) seconds(engine, "up");
    const ratios = [];
    for (let run = 0; run < runs; run++) {
        const [embedded, real] = Object.keys(ENGINES).map((engine) => seconds(engine, "up", "--expect-no-changes"));
        ratios.push(embedded / real);
        console.log(
            `pulumi-agb ${embedded.toFixed(2)} s, pulumi ${real.toFixed(2)} s: ${(embedded / real).toFixed(2)}`,
        );
    }
    console.log(`median: ${ratios.sort((a, b) => a - b)[Math.floor(runs / 2)].toFixed(2)}`);
    seconds("pulumi-agb", "destroy");
} finally {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.rmSync(path.join(ROOT, `Pulumi.${STACK}.yaml`), { force: true });
}
