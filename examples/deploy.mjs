/**
 * Runs a command on a project of this repository:
 * `node examples/deploy.mjs up|preview|refresh|output|destroy [FOLDER] [OPTION...]`.
 * It uses the `pulumi` command if it is installed, otherwise the embedded engine. Both use the same backend, passphrase
 * and local AGB, so one can continue where the other stopped. The data is stored in `.pulumi-agb` of the clone.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const STACK = "dev";
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const own = join(root, ".pulumi-agb");

const [command, ...rest] = process.argv.slice(2);
const folder = resolve(root, rest[0] && !rest[0].startsWith("-") ? rest.shift() : ".");

const env = {
    ...process.env,
    PULUMI_HOME: join(own, "home"),
    PULUMI_BACKEND_URL: `file://${join(own, "backend")}`,
    PULUMI_CONFIG_PASSPHRASE: "quickstart",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    AGB_ENDPOINT: "local",
    AGB_LOCAL_DATA: join(own, "agb"),
};
mkdirSync(join(own, "backend"), { recursive: true });

const run = (file, args, options) => spawnSync(file, args, { cwd: folder, env, stdio: "inherit", ...options });
const version = run("pulumi", ["version"], { stdio: ["ignore", "pipe", "ignore"] });
const hasPulumi = version.status === 0;
// stderr, because stdout can be piped to a JSON parser.
console.error(
    hasPulumi
        ? `Using the pulumi command (${version.stdout.toString().trim()}).`
        : "Using the embedded engine: the pulumi command is not installed.",
);

if (hasPulumi && command === "up") {
    run("pulumi", ["stack", "select", "--create", STACK], { stdio: ["ignore", "ignore", "inherit"] });
}
const verb = hasPulumi && command === "output" ? ["stack", "output"] : [command];
const changes = ["up", "refresh", "destroy"].includes(command);
const args = [
    ...[...verb, "--stack", STACK],
    ...(changes ? ["--yes", "--skip-preview"] : []),
    // Only this script finds the stack, so nothing of it stays behind.
    ...(command === "destroy" ? ["--remove"] : []),
    ...rest,
];
const { status } = hasPulumi
    ? run("pulumi", args)
    : run(process.execPath, [join(root, "dist", "cli", "main.js"), ...args]);
process.exitCode = status ?? 1;
