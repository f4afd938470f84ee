/** The two services that the program calls: the resource monitor and the engine log. */

import type { handleUnaryCall, Server, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { LogRequest, SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb";
import type {
    ReadResourceRequest,
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    ResourceInvokeRequest,
    ResourceMonitorFeature,
    Result,
    SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";

import { errorMessage } from "../../common/errorMessage";
import type { ProgramHost } from "../execute/programHost";
import type { DiagnosticEvent, Severity } from "../model/events";
import type { DeploymentSettings } from "../model/request";
import { makeUrn } from "../model/urn";
import { mapValues, withoutSecrets } from "../model/values";
import type { RegisterResult } from "../plan/goal";
import { hashAssets } from "./assets";
import { Builtins } from "./builtins";
import { readReadRequest, readRegistration } from "./requests";
import { CHANNEL_OPTIONS, type Sdk } from "./sdk";
import { fromStruct, toStruct } from "./struct";
import { Transforms } from "./transforms";

/** The announced features, by the names that older SDKs use. The SDK rejects others: it says to update the Pulumi CLI. */
const SUPPORTED = ["secrets", "resourceReferences", "aliasSpecs", "replacementTrigger", "deletedWith", "replaceWith"];
/** The last three are rejected here, by name. */
const FEATURES = [...SUPPORTED, "transforms", "invokeTransforms", "resourceHooks", "errorHooks"];

/** The protocol's enum `Result`, whose last value is missing from the stubs of older SDKs. */
const RESULTS = { success: 0, failed: 1, skipped: 2 } as unknown as Record<RegisterResult["result"], Result>;

/** Listens before it serves anything, so that processes can be started with its address. */
export class EngineServer {
    readonly #sdk: Sdk;
    readonly #settings: DeploymentSettings;
    readonly #server: Server;
    #rootResource = "";
    readonly #transforms: Transforms;
    readonly #builtins: Builtins;
    #resolveDone: () => void = () => undefined;
    /** Resolves when the program has signalled that it registers nothing more. */
    readonly programDone = new Promise<void>((resolve) => (this.#resolveDone = resolve));
    /** The program is waiting for {@link releaseProgram}. */
    isWaiting = false;
    #resolveShutdown: () => void = () => undefined;
    readonly #shutdown = new Promise<void>((resolve) => (this.#resolveShutdown = resolve));

    constructor(sdk: Sdk, settings: DeploymentSettings) {
        this.#sdk = sdk;
        this.#settings = settings;
        this.#transforms = new Transforms(sdk);
        this.#builtins = new Builtins(sdk);
        this.#server = new sdk.grpc.Server(CHANNEL_OPTIONS);
    }

    serveLog(): void {
        this.#server.addService(this.#sdk.engineService.EngineService, this.#engineService());
    }

    serveMonitor(host: ProgramHost): void {
        this.#server.addService(this.#sdk.resourceService.ResourceMonitorService, this.#monitorService(host));
    }

    /** Resolves with the address. */
    listen(): Promise<string> {
        const credentials = this.#sdk.grpc.ServerCredentials.createInsecure();
        return new Promise((resolve, reject) => {
            this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
                error === null ? resolve(`127.0.0.1:${port}`) : reject(error),
            );
        });
    }

    /** Lets the program exit. */
    releaseProgram(): void {
        this.#resolveShutdown();
    }

    /** Drops all connections; outstanding requests are not answered. */
    close(): void {
        this.#transforms.close();
        this.#server.forceShutdown();
    }

    #engineService(): UntypedServiceImplementation {
        const sdk = this.#sdk;
        const empty = (): InstanceType<typeof sdk.empty.Empty> => new sdk.empty.Empty();
        return {
            log: this.#unary((message: LogRequest) => {
                this.#settings.onEvent(readLog(message));
                return empty();
            }),
            setRootResource: this.#unary((message: SetRootResourceRequest) => {
                this.#rootResource = message.getUrn();
                return new sdk.engine.SetRootResourceResponse();
            }),
            getRootResource: this.#unary(() => new sdk.engine.GetRootResourceResponse().setUrn(this.#rootResource)),
            requirePulumiVersion: this.#unary(() => new sdk.engine.RequirePulumiVersionResponse()),
        };
    }

    #monitorService(host: ProgramHost): UntypedServiceImplementation {
        const sdk = this.#sdk;
        const { project } = this.#settings;
        return {
            getDeploymentInfo: this.#unary(() => this.#deploymentInfo()),
            supportsFeature: this.#unary((message: SupportsFeatureRequest) =>
                new sdk.resource.SupportsFeatureResponse().setHassupport(FEATURES.includes(message.getId())),
            ),
            registerResource: this.#unary(async (message: RegisterResourceRequest) => {
                if (message.getRemote()) {
                    return this.#reject(
                        host,
                        `the remote component "${message.getName()}" of type ${message.getType()}`,
                    );
                }
                await this.#transforms.apply(this.#urnOf(message), message);
                const goal = readRegistration(message, project.root);
                const properties = await hashAssets(goal.properties, project.programDirectory);
                const result = await host.register({ ...goal, properties });
                this.#builtins.recordResource(result);
                if (result.result !== "success" && !message.getSupportsresultreporting()) {
                    throw new Error(`resource ${result.urn} failed to register`);
                }
                return this.#registerResponse(result, message.getAcceptsecrets());
            }),
            readResource: this.#unary(async (message: ReadResourceRequest) => {
                const result = await host.read(readReadRequest(message, project.root));
                this.#builtins.recordResource(result);
                const { urn, outputs } = result;
                return new sdk.resource.ReadResourceResponse().setUrn(urn).setProperties(toStruct(sdk, outputs));
            }),
            registerResourceOutputs: this.#unary(async (message: RegisterResourceOutputsRequest) => {
                const outputs = await hashAssets(fromStruct(message.getOutputs()), project.programDirectory);
                this.#builtins.recordOutputs(message.getUrn(), outputs);
                await host.registerOutputs(message.getUrn(), outputs);
                return new sdk.empty.Empty();
            }),
            signalAndWaitForShutdown: this.#unary(async () => {
                this.#resolveDone();
                this.isWaiting = true;
                await this.#shutdown;
                return new sdk.empty.Empty();
            }),
            invoke: this.#unary(
                (message: ResourceInvokeRequest) =>
                    this.#builtins.invoke(message) ??
                    this.#reject(host, `the function ${message.getTok()} of a provider's plugin`),
            ),
            call: this.#unary((message: { getTok(): string }) =>
                this.#reject(host, `the method ${message.getTok()} of a provider's plugin`),
            ),
            registerPackage: this.#unary((message: { getName(): string }) =>
                this.#reject(host, `the parameterized package "${message.getName()}"`),
            ),
            registerStackTransform: this.#unary((message: Callback) => {
                this.#transforms.addToStack(message);
                return new sdk.empty.Empty();
            }),
            registerStackInvokeTransform: this.#unary(() => this.#reject(host, "invoke transforms")),
            registerResourceHook: this.#unary(() => this.#reject(host, "resource hooks")),
            registerErrorHook: this.#unary(() => this.#reject(host, "error hooks")),
        };
    }

    #deploymentInfo(): InstanceType<Sdk["resource"]["DeploymentInfo"]> {
        const sdk = this.#sdk;
        const { project, stack, organization, dryRun, options } = this.#settings;
        const all = new Map<string, unknown>(Object.entries(sdk.resource.ResourceMonitorFeature));
        const features = FEATURES.map(
            (name) =>
                all.get(
                    `RESOURCE_MONITOR_FEATURE_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
                ) as ResourceMonitorFeature,
        );
        return new sdk.resource.DeploymentInfo()
            .setProject(project.name)
            .setStack(stack)
            .setOrganization(organization)
            .setDryrun(dryRun)
            .setParallel(options.parallel)
            .setSupportedfeaturesList(features);
    }

    #registerResponse(
        { result, urn, id, outputs, unknown }: RegisterResult,
        acceptsSecrets: boolean,
    ): InstanceType<Sdk["resource"]["RegisterResourceResponse"]> {
        const sdk = this.#sdk;
        const response = new sdk.resource.RegisterResourceResponse();
        response.setUrn(urn).setResult(RESULTS[result]);
        // In the preview of a creation, the id is unknown and stays empty.
        if (id !== undefined) response.setId(id);
        response.setObject(toStruct(sdk, acceptsSecrets ? outputs : mapValues(outputs, withoutSecrets)));
        // Only newer SDKs have this field.
        if (unknown === true) (response as { setUnknown?: (unknown: boolean) => void }).setUnknown?.(true);
        return response;
    }

    #urnOf(message: RegisterResourceRequest): string {
        const { stack, project } = this.#settings;
        const parent = message.getParent();
        return makeUrn(stack, project.name, parent === "" ? undefined : parent, message.getType(), message.getName());
    }

    #reject(host: ProgramHost, feature: string): Promise<never> {
        host.reject(`the embedded engine does not support ${feature}; deploy with the pulumi command instead.`);
        return new Promise(() => undefined);
    }

    #unary<Request, Response>(
        handle: (request: Request) => Response | Promise<Response>,
    ): handleUnaryCall<Request, Response> {
        return (call, callback) => {
            Promise.resolve()
                .then(() => handle(call.request))
                .then(
                    (response) => callback(null, response),
                    (error: unknown) => callback({ code: this.#sdk.grpc.status.UNKNOWN, details: errorMessage(error) }),
                );
        };
    }
}

const SEVERITIES: readonly Severity[] = ["debug", "info", "warning", "error"];
function readLog(message: LogRequest): DiagnosticEvent {
    const urn = message.getUrn();
    return {
        kind: "diagnostic",
        severity: SEVERITIES[message.getSeverity()] ?? "info",
        urn: urn === "" ? undefined : urn,
        text: message.getMessage(),
        ephemeral: message.getEphemeral(),
    };
}
