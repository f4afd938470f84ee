/** Deploys a stack: connects the run with the processes of the program and the provider. */

import { DeferredHost } from "./execute/deferredHost";
import { EventReporter } from "./execute/eventReporter";
import type { ProgramHost } from "./execute/programHost";
import type { ProviderServer } from "./execute/providerServer";
import { isSupportedPackage, ProviderRegistry } from "./execute/providers";
import { Run } from "./execute/run";
import type { DeploymentResult, DeploymentSettings, PendingRequest } from "./model/request";
import type { ResourceState } from "./model/types";
import { isProviderType, packageOf } from "./model/urn";
import { PriorState } from "./plan/priorState";
import { assertNamesExist } from "./plan/targets/targets";
import { DynamicProvider } from "./protocol/dynamicProvider";
import { EngineServer } from "./protocol/monitor";
import { providerEnvironment, type StartedProgram, startProgram } from "./protocol/program";
import { ProviderProcess } from "./protocol/providerProcess";
import { loadSdk, type Sdk } from "./protocol/sdk";

/** Failures are reported as events and in the result's status. Only errors of reading or saving the state are thrown. */
export async function runDeployment(request: PendingRequest): Promise<DeploymentResult> {
    const { state, ...settings } = request;
    const { project, operation, dryRun, options } = settings;
    const sdk = loadSdk(project.programDirectory);
    let prior = new PriorState([]);
    const server = new EngineServer(sdk, settings);
    const reporter = new EventReporter(settings.onEvent, dryRun, operation === "refresh");
    let address = "";
    const providers = new ProviderRegistry({
        dryRun,
        prior: () => prior,
        readStackOutputs: settings.readStackOutputs,
        startServer: () => startProvider(sdk, settings, address),
    });
    const host = new DeferredHost();
    const beginProgram = (): StartedProgram => {
        const program = startProgram(sdk, settings, server, address);
        server.serveMonitor(host);
        return program;
    };
    /** The program while it has started but the run has not taken it over. */
    let earlyProgram: StartedProgram | undefined;
    address = await server.listen();
    try {
        if (operation === "up") {
            // If a refresh comes first and fails, the program must not run.
            if (!options.refresh) earlyProgram = beginProgram();
            earlyProgram?.finished.catch(() => undefined);
            // The program takes longer to load, so it starts first.
            providers.warmUp();
        }
        server.serveLog();
        const { snapshot, store } = await state;
        assertSupportedProviders(snapshot.resources);
        prior = new PriorState(snapshot.resources.map((resource) => ({ ...resource })));
        if (operation !== "up") assertNamesExist(options, prior);
        const takeProgram = (registrations: ProgramHost): StartedProgram => {
            host.resolveWith(registrations);
            const program = earlyProgram ?? beginProgram();
            earlyProgram = undefined;
            return program;
        };
        const run = new Run(
            { ...settings, snapshot, store },
            {
                providers,
                reporter,
                prior: () => prior,
                setPrior: (refreshed) => (prior = refreshed),
                startProgram: operation === "up" ? takeProgram : undefined,
            },
        );
        if (operation !== "up" && prior.resources.some((resource) => resource.provider !== undefined)) {
            providers.warmUp();
        }
        return await run.run();
    } finally {
        earlyProgram?.kill();
        await earlyProgram?.end();
        await providers.end();
        server.close();
    }
}

function startProvider(sdk: Sdk, settings: DeploymentSettings, address: string): ProviderServer {
    const process = new ProviderProcess(sdk, {
        arguments: [address],
        nodeArguments: [],
        directory: settings.project.programDirectory,
        environment: providerEnvironment(settings),
        onLine: (stream, text) => settings.onEvent({ kind: "output", source: "provider", stream, text }),
    });
    return {
        configure: async (entry) => {
            await process.configure(entry);
            return new DynamicProvider(process, settings.dryRun);
        },
        end: () => process.end(),
    };
}

/** Resources of other packages need the pulumi command, so the stack is left untouched. */
function assertSupportedProviders(resources: readonly ResourceState[]): void {
    const foreign = resources.find((state) => isProviderType(state.type) && !isSupportedPackage(packageOf(state.type)));
    if (foreign === undefined) return;
    throw new Error(
        `the embedded engine deploys only dynamic resources, but the stack contains resources of the package "${packageOf(foreign.type)}"; deploy with the pulumi command instead.`,
    );
}
