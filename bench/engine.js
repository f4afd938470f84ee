/**
 * Measures how long `up` takes by number of resources, on the embedded engine and, if it is installed, on the `pulumi`
 * command: `node bench/engine.js [SIZE...]`. Prints for each size the seconds to create everything and the seconds of a
 * run without changes, then the ratios between sizes. For the embedded engine, it also prints the CPU time of the
 * engine's own process, which does not depend on what else the machine does.
 */
"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(100, 1000, 2000);

const PROVIDER = `exports.handler = {
    check: async (olds, news) => ({ inputs: news }),
    diff: async (id, olds, news) => ({ changes: olds.value !== news.value }),
    create: async (inputs) => ({ id: inputs.name, outs: inputs }),
    delete: async () => undefined,
};`;
const program = (size) => `const pulumi = require("@pulumi/pulumi");
const provider = 'exports.handler=()=>require(process.cwd()+"/provider.js").handler';
class Thing extends pulumi.CustomResource {
    constructor(name) { super("pulumi-nodejs:dynamic/bench:Thing", name, { name, value: 1, __provider: provider }); }
}
for (let n = 0; n < ${size}; n++) new Thing("thing" + n);`;

/** Preloaded into the engine's process: writes the seconds of CPU time that it used. */
const CPU_REPORT = `process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    require("fs").writeFileSync(process.env.BENCH_CPU_FILE, String((user + system) / 1e6));
});`;

const CPU_HOOK = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-agb-bench-")), "cpu.js");
fs.writeFileSync(CPU_HOOK, CPU_REPORT);
process.on("exit", () => fs.rmSync(path.dirname(CPU_HOOK), { recursive: true, force: true }));

const ENGINES = {
    "pulumi-agb": [process.execPath, "--require", CPU_HOOK, path.join(ROOT, "dist/cli/main.js")],
    pulumi: ["pulumi"],
};
const isInstalled = (name) =>
    spawnSync(ENGINES[name][0], [...ENGINES[name].slice(1), name === "pulumi" ? "version" : "--version"], {
        env: { ...process.env, BENCH_CPU_FILE: os.devNull },
    }).status === 0;

function measure(engine, size) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-agb-bench-"));
    const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
    write("Pulumi.yaml", "name: bench\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n");
    write("package.json", '{ "name": "bench", "version": "1.0.0", "main": "index.js" }\n');
    write("provider.js", PROVIDER);
    write("index.js", program(size));
    fs.mkdirSync(path.join(folder, "backend"));
    fs.symlinkSync(path.join(ROOT, "node_modules"), path.join(folder, "node_modules"));
    const env = {
        ...process.env,
        PULUMI_HOME: path.join(folder, "home"),
        PULUMI_BACKEND_URL: `file://${folder}/backend`,
        PULUMI_CONFIG_PASSPHRASE: "bench",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        BENCH_CPU_FILE: path.join(folder, "cpu"),
    };
    const cpu = () => (engine === "pulumi" ? undefined : Number(fs.readFileSync(env.BENCH_CPU_FILE, "utf8")));
    const run = (...args) => {
        const [command, ...first] = ENGINES[engine];
        const startedAt = performance.now();
        const { status, stdout, stderr } = spawnSync(command, [...first, ...args, "--stack", "dev"], {
            cwd: folder,
            env,
            encoding: "utf8",
            maxBuffer: 1 << 28,
        });
        if (status !== 0) throw new Error(`${engine} ${args.join(" ")} exited with ${status}:\n${stdout}${stderr}`);
        return (performance.now() - startedAt) / 1000;
    };
    try {
        const init = spawnSync(ENGINES[engine][0], [...ENGINES[engine].slice(1), "stack", "init", "dev"], {
            cwd: folder,
            env,
        });
        if (init.status !== 0) throw new Error(`${engine} stack init: ${init.stderr}`);
        const up = () => run("up", "--yes", "--skip-preview", "--non-interactive");
        const create = up();
        const createCpu = cpu();
        const unchanged = Math.min(up(), up(), up());
        const destroy = run("destroy", "--yes", "--skip-preview", "--non-interactive");
        return { create, createCpu, unchanged, destroy, destroyCpu: cpu() };
    } finally {
        fs.rmSync(folder, { recursive: true, force: true });
    }
}

const TITLES = {
    create: "creation",
    createCpu: "CPU of creation",
    unchanged: "no changes",
    destroy: "destroy",
    destroyCpu: "CPU of destroy",
};
const describe = (result, text) =>
    Object.keys(TITLES)
        .filter((key) => result[key] !== undefined)
        .map((key) => `${TITLES[key]} ${text(key)}`)
        .join(", ");

for (const engine of Object.keys(ENGINES).filter(isInstalled)) {
    const results = sizes.map((size) => ({ size, ...measure(engine, size) }));
    for (const result of results) {
        const text = (key) =>
            `${result[key].toFixed(2)} s (${((result[key] / result.size) * 1000).toFixed(1)} ms each)`;
        console.log(`${engine}: ${result.size} resources: ${describe(result, text)}`);
    }
    for (const [index, larger] of results.entries()) {
        const smaller = results[index - 1];
        if (smaller === undefined) continue;
        const ratio = (key) => `${(larger[key] / smaller[key]).toFixed(1)} times`;
        console.log(`${engine}: ${larger.size} compared with ${smaller.size}: ${describe(larger, ratio)}`);
    }
}
