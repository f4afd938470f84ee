/** Runs the user's program under the SDK's own runner. */

import type { DeploymentSettings } from "../deployment";
import { AlreadyReported } from "../plan/errors";
import type { Program } from "../execute/run";
import type { EngineServer } from "./monitor";
import { NodeProcess } from "./process";
import type { Sdk } from "./sdk";

/** The runner's exit code for an error that the program has told already. */
const EXIT_ALREADY_REPORTED = 32;
/** How long a program may take to end when its connection is gone, or when all is done. */
const GRACE_MS = 3000;

/** A program that may have begun in vain. */
export interface StartedProgram extends Program {
    kill(): void;
}

export function startProgram(
    sdk: Sdk,
    request: DeploymentSettings,
    server: EngineServer,
    address: string,
): StartedProgram {
    const { project, stack, organization, options, dryRun } = request;
    const process = new NodeProcess({
        script: sdk.programRunner,
        arguments: [
            ...[
                "--monitor",
                address,
                "--engine",
                address,
                "--organization",
                organization,
                "--project",
                project.name,
                "--root-directory",
                project.root,
            ],
            ...[
                "--stack",
                stack,
                "--pwd",
                project.programDirectory,
                ...(dryRun ? ["--dry-run"] : []),
                "--parallel",
                String(options.parallel),
                project.program,
            ],
        ],
        nodeArguments: nodeArguments(project.runtimeOptions),
        preload: [require.resolve("./patchInspect")],
        directory: project.programDirectory,
        environment: programEnvironment(request),
        onLine: (stream, text) => {
            if (!isCutOff) request.onEvent({ kind: "output", source: "program", stream, text });
        },
    });
    let isReleased = false;
    /** In the middle of its work; all that it says then is that its connection is gone. */
    let isCutOff = false;
    const ended = process.ended.then((code) => {
        if (code === 0 || isReleased) return;
        if (code !== EXIT_ALREADY_REPORTED)
            request.onEvent({
                kind: "diagnostic",
                severity: "error",
                text: `an unhandled error occurred: Program exited with non-zero exit code: ${code}`,
            });
        throw new AlreadyReported("the program failed");
    });
    return {
        finished: Promise.race([server.programDone, ended]),
        end: async () => {
            isCutOff = !server.isWaiting;
            server.release();
            isReleased = true;
            // Let the answer get out before the connection goes.
            await Promise.race([
                process.ended,
                new Promise((resolve) => setTimeout(resolve, server.isWaiting ? GRACE_MS : 0).unref()),
            ]);
            server.close();
            await process.end(GRACE_MS);
        },
        kill: () => {
            isCutOff = isReleased = true;
            process.kill();
        },
    };
}

/** `nodeargs` of the runtime's options: a text as on a command line. */
function nodeArguments(runtimeOptions: Record<string, unknown>): string[] {
    return typeof runtimeOptions.nodeargs === "string"
        ? runtimeOptions.nodeargs.split(/\s+/).filter((argument) => argument !== "")
        : [];
}

/** The config reaches the program by its environment, with keys in their long form. */
function programEnvironment({ config, secretKeys, environment, project }: DeploymentSettings): NodeJS.ProcessEnv {
    const long = [...config].map(([key, value]) => [key.replace(":", ":config:"), value] as const);
    return {
        ...environment,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(long)),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify([...secretKeys]),
        ...(project.runtimeOptions.typescript !== false && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    };
}

/** What the provider's process finds in its environment. */
export function providerEnvironment({ config, environment, project }: DeploymentSettings): NodeJS.ProcessEnv {
    const options = Object.entries(project.runtimeOptions).map(
        ([name, value]) => [`PULUMI_RUNTIME_${name.toUpperCase()}`, String(value)] as const,
    );
    return {
        ...environment,
        PULUMI_PROJECT: project.name,
        PULUMI_NODEJS_PROJECT: project.name,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
        ...Object.fromEntries(options),
    };
}
