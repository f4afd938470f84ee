// Runs a command on a project of this repository: `node examples/deploy.mjs up|preview|refresh|output|destroy [FOLDER] [OPTION...]`.
// The `pulumi` command does it where there is one, else the embedded engine; one can go on where the other left off, since both
// get the same backend, passphrase and local AGB. All of it lives in `.pulumi-agb` of the clone: nothing of yours is touched.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const STACK = "dev";
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const own = path.join(root, ".pulumi-agb");

const [command, ...rest] = process.argv.slice(2);
const folder = path.resolve(root, rest[0] && !rest[0].startsWith("-") ? rest.shift() : ".");

const env = {
    ...process.env,
    PULUMI_HOME: path.join(own, "home"),
    PULUMI_BACKEND_URL: `file://${path.join(own, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "quickstart",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    AGB_ENDPOINT: "local",
    AGB_LOCAL_DATA: path.join(own, "agb"),
};
mkdirSync(path.join(own, "backend"), { recursive: true });

const run = (file, args, options) => spawnSync(file, args, { cwd: folder, env, stdio: "inherit", ...options });
const version = run("pulumi", ["version"], { stdio: ["ignore", "pipe", "ignore"] });
const hasPulumi = version.status === 0;
// On stderr, so that the outputs can be piped.
console.error(
    hasPulumi
        ? `Using the pulumi command (${version.stdout.toString().trim()}).`
        : "Using the embedded engine: there is no pulumi command here.",
);

if (hasPulumi && command === "up")
    run("pulumi", ["stack", "select", "--create", STACK], { stdio: ["ignore", "ignore", "inherit"] });
const verb = hasPulumi && command === "output" ? ["stack", "output"] : [command];
const changes = ["up", "refresh", "destroy"].includes(command);
const args = [...verb, "--stack", STACK, ...(changes ? ["--yes", "--skip-preview"] : []), ...rest];
const { status } = hasPulumi
    ? run("pulumi", args)
    : run(process.execPath, [path.join(root, "dist", "cli", "main.js"), ...args]);
process.exitCode = status ?? 1;
