/** Deploys one stack: what the command line asks for, and what it gets back. */

import type { ChangeCounts, DeploymentStatus, EngineEvent } from "./model/events";
import { DeferredHost } from "./execute/deferredHost";
import { ProviderRegistry, isSupportedPackage } from "./execute/providers";
import { Run } from "./execute/run";
import { EventReporter } from "./execute/eventReporter";
import { PriorState } from "./plan/priorState";
import { isProviderType, packageOf } from "./model/urn";
import { DynamicProvider } from "./protocol/dynamicProvider";
import { EngineServer } from "./protocol/monitor";
import { providerEnvironment, type StartedProgram, startProgram } from "./protocol/program";
import { ProviderProcess } from "./protocol/providerProcess";
import { loadSdk } from "./protocol/sdk";
import type { PropertyMap, ResourceState, Snapshot } from "./model/types";

/** The project as its `Pulumi.yaml` describes it. */
export interface Project {
    name: string;
    description?: string | undefined;
    /** The folder of `Pulumi.yaml`. */
    root: string;
    /** The folder in which program and provider run: that of `main`. */
    programDirectory: string;
    /** What node is told to run: `main`, or the folder itself. */
    program: string;
    /** `runtime.options` of `Pulumi.yaml`. */
    runtimeOptions: Record<string, unknown>;
}

export interface DeploymentOptions {
    /** How many resources are worked on at once; 0 and less means no limit. */
    parallel: number;
    /** Read everything first, and go on from what is there. */
    refresh: boolean;
    /** Go on with what does not depend on a failure. */
    continueOnError: boolean;
    /** URNs, which may hold `*` and `**`; empty: all. */
    targets: string[];
    targetDependents: boolean;
    /** URNs to leave alone. */
    excludes: string[];
    excludeDependents: boolean;
    /** `destroy` only: leave protected resources and what they depend on. */
    excludeProtected: boolean;
    /** URNs to replace even where nothing changed. */
    replace: string[];
    /** `refresh` only: forget what interrupted creations may have left behind. */
    clearPendingCreates: boolean;
}

/** Where the state goes. */
export interface SnapshotStore {
    /**
     * Resolves when the snapshot is safe on disk. Never called again before it has resolved. States are never changed once they
     * are handed over: the same object has the same content as at the last call, so that what was made of it can be kept.
     */
    save(snapshot: Snapshot): Promise<void>;
}

export interface DeploymentRequest {
    operation: "up" | "refresh" | "destroy";
    /** A preview: nothing is changed, and the store is not called. */
    dryRun: boolean;
    project: Project;
    stack: string;
    /** `organization` on every file backend. */
    organization: string;
    /** `namespace:key` to text; secrets are in plain text here. */
    config: ReadonlyMap<string, string>;
    /** The keys of `config` whose values are secret. */
    secretKeys: ReadonlySet<string>;
    /** The state to begin with; it is not changed. */
    snapshot: Snapshot;
    store: SnapshotStore;
    options: DeploymentOptions;
    /** The outputs of another stack, secrets wrapped; undefined where there is no such stack. For `StackReference`. */
    readStackOutputs: (name: string) => Promise<PropertyMap | undefined>;
    onEvent: (event: EngineEvent) => void;
    /** Aborted: what is in flight is finished and saved, nothing new is begun. */
    signal: AbortSignal;
    /** The environment of the program and of the provider. */
    environment: NodeJS.ProcessEnv;
}

/** All of a request but the state. */
export type DeploymentSettings = Omit<DeploymentRequest, "snapshot" | "store">;
/** A request whose state is still being read and decrypted: what does not need it begins meanwhile. */
export type OpeningRequest = DeploymentSettings & { state: Promise<Pick<DeploymentRequest, "snapshot" | "store">> };

export interface DeploymentResult {
    status: DeploymentStatus;
    changes: ChangeCounts;
    /** The stack's outputs, secrets wrapped; after a preview, as far as they are known; after a failure, the old ones with what was registered. */
    outputs: PropertyMap;
    durationMs: number;
}

/** Carries the request out. Failures are told as events and in the result's status, never thrown, save for errors of the state. */
export async function runDeployment(opening: OpeningRequest): Promise<DeploymentResult> {
    const { state, ...request } = opening;
    const { project, operation, dryRun } = request;
    const sdk = loadSdk(project.programDirectory);
    let base = new PriorState([]);
    const server = new EngineServer(sdk, request);
    const telling = new EventReporter(request.onEvent, dryRun, operation === "refresh");
    let address = "";
    const providers = new ProviderRegistry({
        dryRun,
        base: () => base,
        readStackOutputs: request.readStackOutputs,
        startServer: () => {
            const process = new ProviderProcess(sdk, {
                arguments: [address],
                nodeArguments: [],
                directory: project.programDirectory,
                environment: providerEnvironment(request),
                onLine: (stream, text) => request.onEvent({ kind: "output", source: "provider", stream, text }),
            });
            return {
                configure: async (entry) => {
                    await process.configure(entry);
                    return new DynamicProvider(process, dryRun);
                },
                end: () => process.end(),
            };
        },
    });
    const host = new DeferredHost();
    const beginProgram = (): StartedProgram => {
        const program = startProgram(sdk, request, server, address);
        server.serveMonitor(host);
        return program;
    };
    /** The program, as long as it has begun and nobody has taken charge of it. */
    let ahead: StartedProgram | undefined;
    address = await server.listen();
    try {
        if (operation === "up") {
            // Where a refresh comes first and fails, the program does not run.
            if (!request.options.refresh) ahead = beginProgram();
            ahead?.finished.catch(() => undefined);
            // After the program, which takes longer.
            providers.warmUp();
        }
        server.serveLog();
        const opened = { ...request, ...(await state) };
        refuseForeignProviders(opened.snapshot.resources);
        base = new PriorState(opened.snapshot.resources.map((resource) => ({ ...resource })));
        const run = new Run(opened, {
            providers,
            telling,
            base: () => base,
            setBase: (refreshed) => (base = refreshed),
            startProgram:
                operation === "up"
                    ? (registrations) => {
                          host.resolveWith(registrations);
                          const program = ahead ?? beginProgram();
                          ahead = undefined;
                          return program;
                      }
                    : undefined,
        });
        if (operation !== "up" && base.resources.some((resource) => resource.provider !== undefined))
            providers.warmUp();
        return await run.run();
    } finally {
        ahead?.kill();
        await ahead?.end();
        await providers.end();
        server.close();
    }
}

/** What other providers made, only the pulumi command can manage. Nothing is touched then. */
function refuseForeignProviders(resources: readonly ResourceState[]): void {
    const foreign = resources.find((state) => isProviderType(state.type) && !isSupportedPackage(packageOf(state.type)));
    if (foreign === undefined) return;
    throw new Error(
        `The embedded engine deploys dynamic resources only, but the stack holds resources of the package "${packageOf(foreign.type)}"; deploy with the pulumi command instead.`,
    );
}
