/**
 * A pipeline job: builds and tests in a sandbox, saves the report, ends with the exit code of the tests, and always
 * destroys the sandbox. It uses the `pulumi` command if it is installed, otherwise the embedded engine of pulumi-agb.
 * `npm run ci` puts the `pulumi-agb` command on the path.
 */
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { AgbClient } from "pulumi-agb/client";

const stack = process.env.STACK ?? `ci-${process.env.GITHUB_RUN_ID ?? process.pid}`;
const engine = ["pulumi", "pulumi-agb"].find((command) => spawnSync(command, ["--version"]).status === 0);

/** Runs a command on the stack of this job. Throws if the command fails. */
function pulumi(command, ...options) {
    const args = [...command.split(" "), "--stack", stack, ...options];
    const { status, stdout } = spawnSync(engine, args, {
        encoding: "utf8",
        stdio: ["ignore", command.endsWith("output") ? "pipe" : "inherit", "inherit"],
    });
    if (status !== 0) throw new Error(`\`pulumi ${command}\` failed. See the output above.`);
    return stdout;
}

/** Copies the report from its context to this machine, where the workflow finds it. */
async function saveReport(contextId) {
    const client = await AgbClient.connect();
    mkdirSync("reports", { recursive: true });
    const report = await client.downloadContextFile(contextId, "/home/reports/tests.tap");
    await pipeline(report, createWriteStream("reports/tests.tap"));
    await client.close();
}

// A cancelled job still destroys its sandbox. The engine receives the same signal, finishes the running operations
// and exits. Then this script continues.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (process.exitCode = 1));

try {
    pulumi("stack select", "--create");
    // The output of the build and of the tests appears while they run.
    pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    const { exitCode, reportsId } = JSON.parse(pulumi("stack output", "--json"));
    await saveReport(reportsId);
    if (exitCode !== 0) console.log(`::error::The tests failed with exit code ${exitCode}.`);
    process.exitCode = exitCode;
} catch (error) {
    console.log(`::error::${error.message}`);
    process.exitCode = 1;
} finally {
    try {
        pulumi("destroy", "--yes", "--skip-preview", "--non-interactive");
        pulumi("stack rm", "--yes");
    } catch (error) {
        console.log(
            `::error::${error.message} The stack ${stack} still contains resources: run \`pulumi destroy --stack ${stack}\`.`,
        );
        process.exitCode = 1;
    }
}
