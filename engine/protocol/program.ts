/** Runs the user's program with the SDK's own runner. */

import type { Program } from "../execute/programHost";
import type { DeploymentSettings } from "../model/request";
import { AlreadyReported } from "../plan/errors";
import type { EngineServer } from "./monitor";
import { NodeProcess } from "./process";
import type { Sdk } from "./sdk";

/** The runner's exit code if it has already reported the error. */
const EXIT_ALREADY_REPORTED = 32;
/** How long a program may take to exit after the deployment, or after the loss of its connection. */
const EXIT_GRACE_MS = 3000;

export interface StartedProgram extends Program {
    /** Ends a program that turns out not to be needed. */
    kill(): void;
}

export function startProgram(
    sdk: Sdk,
    settings: DeploymentSettings,
    server: EngineServer,
    address: string,
): StartedProgram {
    const { project, stack, organization, options, dryRun } = settings;
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
        environment: programEnvironment(settings),
        onLine: (stream, text) => {
            if (!isCutOff) settings.onEvent({ kind: "output", source: "program", stream, text });
        },
    });
    let isReleased = false;
    /** The connection is closed while the program still uses it, so its output is only about that. */
    let isCutOff = false;
    const reportExit = (code: number | string): void => {
        if (code === EXIT_ALREADY_REPORTED) return;
        settings.onEvent({
            kind: "diagnostic",
            severity: "error",
            text: `an unhandled error occurred: Program exited with non-zero exit code: ${code}`,
        });
    };
    const exited = process.ended.then((code) => {
        if (code === 0 || isReleased) return;
        reportExit(code);
        throw new AlreadyReported("the program failed");
    });
    return {
        finished: Promise.race([server.programDone, exited]),
        end: async () => {
            isCutOff = !server.isWaiting;
            server.releaseProgram();
            isReleased = true;
            // The response has to be sent before the connection closes.
            const code = await Promise.race([
                process.ended,
                new Promise<undefined>((resolve) =>
                    setTimeout(resolve, server.isWaiting ? EXIT_GRACE_MS : 0, undefined).unref(),
                ),
            ]);
            server.close();
            await process.end(EXIT_GRACE_MS);
            if (isCutOff || code === undefined || code === 0) return "succeeded";
            reportExit(code);
            return "failed";
        },
        kill: () => {
            isCutOff = isReleased = true;
            process.kill();
        },
    };
}

/** Splits the runtime option `nodeargs`, which is written as on a command line. */
function nodeArguments(runtimeOptions: Record<string, unknown>): string[] {
    return typeof runtimeOptions.nodeargs === "string"
        ? runtimeOptions.nodeargs.split(/\s+/).filter((argument) => argument !== "")
        : [];
}

/** The program reads its configuration from the environment, with keys in their long form. */
function programEnvironment({ config, secretKeys, environment, project }: DeploymentSettings): NodeJS.ProcessEnv {
    const longKeys = [...config].map(([key, value]) => [key.replace(":", ":config:"), value] as const);
    return {
        ...environment,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(longKeys)),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify([...secretKeys]),
        ...(project.runtimeOptions.typescript !== false && { PULUMI_NODEJS_TYPESCRIPT: "true" }),
    };
}

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
