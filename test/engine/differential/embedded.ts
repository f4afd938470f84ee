/** The embedded engine in this process, with a program and a provider that live longer than a deployment. */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { EventReporter } from "../../../engine/execute/eventReporter";
import type { Program as RunningProgram, ProgramHost } from "../../../engine/execute/programHost";
import type { ProviderRegistry } from "../../../engine/execute/providers";
import type { Run } from "../../../engine/execute/run";
import type { DeploymentRequest } from "../../../engine/model/request";
import type { Snapshot } from "../../../engine/model/types";
import { AlreadyReported } from "../../../engine/plan/errors";
import type { PriorState } from "../../../engine/plan/priorState";
import type { assertNamesExist } from "../../../engine/plan/targets/targets";
import type { DynamicProvider } from "../../../engine/protocol/dynamicProvider";
import type { EngineServer } from "../../../engine/protocol/monitor";
import type { ProviderProcess } from "../../../engine/protocol/providerProcess";
import type { Sdk } from "../../../engine/protocol/sdk";
import type { CheckpointWriter, decodeSnapshot, parseCheckpoint } from "../../../engine/state/checkpoint";
import { root } from "../../support/engines";
import { requestOf } from "../random/inMemory";
import { PROJECT, STACK, type Deployment, type Program } from "../random/programs";
import type { Entry, Resource } from "../replay/recording";
import { Folder } from "./folder";
import { controlOf, normalised, type DifferentialEngine, type Played } from "./played";
import { REPORTED, runProgram } from "./program";

// A provider process preloads modules that only the build has.
const dist = createRequire(join(root, "dist", "engine", "deployment.js"));
const built = {
    ...(dist("./execute/eventReporter.js") as { EventReporter: typeof EventReporter }),
    ...(dist("./execute/providers.js") as { ProviderRegistry: typeof ProviderRegistry }),
    ...(dist("./execute/run.js") as { Run: typeof Run }),
    ...(dist("./plan/errors.js") as { AlreadyReported: typeof AlreadyReported }),
    ...(dist("./plan/priorState.js") as { PriorState: typeof PriorState }),
    ...(dist("./plan/targets/targets.js") as { assertNamesExist: typeof assertNamesExist }),
    ...(dist("./protocol/dynamicProvider.js") as { DynamicProvider: typeof DynamicProvider }),
    ...(dist("./protocol/monitor.js") as { EngineServer: typeof EngineServer }),
    ...(dist("./protocol/providerProcess.js") as { ProviderProcess: typeof ProviderProcess }),
    ...(dist("./state/checkpoint.js") as {
        CheckpointWriter: typeof CheckpointWriter;
        decodeSnapshot: typeof decodeSnapshot;
        parseCheckpoint: typeof parseCheckpoint;
    }),
};

export class EmbeddedEngine implements DifferentialEngine {
    readonly #folder = new Folder();
    readonly #sdk: Sdk;
    readonly #provider: ProviderProcess;
    readonly #writer = new built.CheckpointWriter(`organization/${PROJECT}/${STACK}`, "", (plaintext) => ({
        plaintext,
    }));
    #disk = "";
    #before: Resource[] = [];

    constructor(sdk: Sdk) {
        this.#sdk = sdk;
        this.#provider = new built.ProviderProcess(sdk, {
            arguments: ["127.0.0.1:1"],
            nodeArguments: [],
            directory: this.#folder.path,
            environment: this.#folder.environment,
            onLine: () => undefined,
        });
        this.reset();
    }

    reset(): void {
        this.#folder.reset();
        this.#before = [];
        this.#disk = this.#writer.checkpoint({ resources: [], pendingOperations: [] });
    }

    async play(deployment: Deployment): Promise<Played> {
        this.#folder.steer(controlOf(deployment));
        const from = this.#folder.calls().length;
        const errors: string[] = [];
        const exit = await this.#deploy(deployment, errors).catch((error: unknown) => {
            errors.push((error as Error).message);
            return 1;
        });
        const { deployment: stored } = built.parseCheckpoint(this.#disk, "dev.json");
        const played = normalised(
            deployment,
            {
                ...{ exit, printed: errors.join("\n") },
                ...{ calls: this.#folder.calls().slice(from), stored: stored as unknown as { resources: Entry[] } },
            },
            this.#before,
        );
        this.#before = played.resources;
        return played;
    }

    async end(): Promise<void> {
        await this.#provider.end();
        this.#folder.remove();
    }

    #snapshot(): Snapshot {
        return built.decodeSnapshot(built.parseCheckpoint(this.#disk, "dev.json").deployment, (text) => text);
    }

    /** What `runDeployment` does. */
    async #deploy(deployment: Deployment, errors: string[]): Promise<number> {
        const store = {
            save: (snapshot: Snapshot) => {
                this.#disk = this.#writer.checkpoint(snapshot);
                return Promise.resolve();
            },
        };
        const request: DeploymentRequest = {
            ...requestOf(deployment, this.#snapshot(), store, errors),
            project: {
                ...{ name: PROJECT, root: this.#folder.project, programDirectory: this.#folder.project },
                ...{ program: "index.js", runtimeOptions: {} },
            },
        };
        const server = new built.EngineServer(this.#sdk, request);
        let prior = new built.PriorState(request.snapshot.resources);
        const providers = new built.ProviderRegistry({
            dryRun: false,
            prior: () => prior,
            readStackOutputs: request.readStackOutputs,
            startServer: () => ({
                configure: async (entry) => {
                    await this.#provider.configure(entry);
                    return new built.DynamicProvider(this.#provider, false);
                },
                end: () => Promise.resolve(),
            }),
        });
        const address = await server.listen();
        try {
            if (deployment.operation !== "up") built.assertNamesExist(request.options, prior);
            const run = new built.Run(request, {
                providers,
                reporter: new built.EventReporter(request.onEvent, false, deployment.operation === "refresh"),
                prior: () => prior,
                setPrior: (refreshed) => (prior = refreshed),
                startProgram:
                    deployment.operation === "up"
                        ? (host) => this.#startProgram(server, address, host, deployment.program)
                        : undefined,
            });
            const { status } = await run.run();
            return status === "succeeded" ? 0 : 1;
        } finally {
            server.close();
        }
    }

    /** What `startProgram` does with a process. */
    #startProgram(server: EngineServer, address: string, host: ProgramHost, program: Program): RunningProgram {
        server.serveMonitor(host);
        const ended = runProgram(this.#sdk, address, program);
        let isReleased = false;
        const failed = ended.then((status) => {
            if (status !== 0 && !isReleased) throw new built.AlreadyReported(`exit status ${status}`);
        });
        return {
            finished: Promise.race([server.programDone, failed]),
            end: async () => {
                const isCutOff = !server.isWaiting;
                server.releaseProgram();
                isReleased = true;
                if (isCutOff) server.close();
                const status = await ended;
                return isCutOff || status === 0 || status === REPORTED ? "succeeded" : "failed";
            },
        };
    }
}
