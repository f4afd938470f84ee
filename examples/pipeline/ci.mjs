// A job of a pipeline: deploys a sandbox, decides by its outputs whether the job goes on, and always destroys what it deployed.
// It takes the `pulumi` command where there is one, else the engine that comes with pulumi-agb: `npm run ci` has it on the path.
import { spawnSync } from "node:child_process";

const stack = process.env.STACK ?? `ci-${process.env.GITHUB_RUN_ID ?? process.pid}`;
const engine = ["pulumi", "pulumi-agb"].find((command) => spawnSync(command, ["--version"]).status === 0);

/** Runs a command of the engine, on the job's own stack; throws when it fails. */
function pulumi(command, ...options) {
    const args = [...command.split(" "), "--stack", stack, ...options];
    const { status, stdout } = spawnSync(engine, args, {
        encoding: "utf8",
        stdio: ["ignore", command.endsWith("output") ? "pipe" : "inherit", "inherit"],
    });
    if (status !== 0) throw new Error(`\`pulumi ${command}\` failed, see above.`);
    return stdout;
}

// A job that is cancelled still destroys: the signal reaches the engine, which ends what it has begun, and then this goes on.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (process.exitCode = 1));

try {
    pulumi("stack select", "--create");
    pulumi("up", "--yes", "--skip-preview", "--non-interactive");
    const { sessionId, syncStatus, contextStatuses } = JSON.parse(pulumi("stack output", "--json"));
    for (const { contextId, path, taskType, status, errorMessage } of contextStatuses) {
        if (status === "Failed")
            console.log(`::error::${taskType} of context ${contextId} at ${path} failed: ${errorMessage}`);
    }
    if (syncStatus === "Failed")
        throw new Error(`Session ${sessionId} does not have its data, so the tests were not begun.`);
    console.log(`Session ${sessionId} has its data (${syncStatus}): the tests may begin.`);
    // Here the work of the job is done in the session.
} catch (error) {
    console.log(`::error::${error.message}`);
    process.exitCode = 1;
} finally {
    try {
        pulumi("destroy", "--yes", "--skip-preview", "--non-interactive");
        pulumi("stack rm", "--yes");
    } catch (error) {
        console.log(
            `::error::${error.message} The stack ${stack} still knows what is left: run \`pulumi destroy --stack ${stack}\`.`,
        );
        process.exitCode = 1;
    }
}
