/**
 * A pipeline job: deploys a sandbox, reads its outputs to decide whether to continue, and always destroys the sandbox.
 * It uses the `pulumi` command if it is installed, otherwise the embedded engine of pulumi-agb. `npm run ci` puts the
 * `pulumi-agb` command on the path.
 */
import { spawnSync } from "node:child_process";

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

// A cancelled job still destroys its sandbox. The engine receives the same signal, finishes the running operations
// and exits. Then this script continues.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (process.exitCode = 1));

try {
    pulumi("stack select", "--create");
    pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    const { sessionId, syncStatus, contextStatuses } = JSON.parse(pulumi("stack output", "--json"));
    for (const { contextId, path, taskType, status, errorMessage } of contextStatuses) {
        if (status === "Failed") {
            console.log(`::error::${taskType} of context ${contextId} at ${path} failed: ${errorMessage}`);
        }
    }
    if (syncStatus === "Failed") {
        throw new Error(`Session ${sessionId} does not have its data, so the tests did not start.`);
    }
    console.log(`Session ${sessionId} has its data (${syncStatus}): the tests can start.`);
    // Add the real work of the job here.
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
