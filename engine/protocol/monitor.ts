/** The two services that a program talks to: the resource monitor, and the engine's log. */

import type { handleUnaryCall, Server, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type { LogRequest, SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb";
import type {
    ReadResourceRequest,
    RegisterResourceOutputsRequest,
    RegisterResourceRequest,
    ResourceMonitorFeature,
    Result,
    SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";

import type { DeploymentSettings } from "../deployment";
import type { DiagnosticEvent, Severity } from "../model/events";
import type { ProgramHost } from "../execute/registrations";
import type { RegisterResult } from "../plan/goal";
import { mapValues, withoutSecrets } from "../model/values";
import { makeUrn } from "../model/urn";
import { hashAssets } from "./assets";
import { readRead, readRegistration } from "./requests";
import { CHANNEL_OPTIONS, type Sdk } from "./sdk";
import { fromStruct, toStruct } from "./struct";
import { Transforms } from "./transforms";

/** What the program may use, by the names that older SDKs ask for. The rest its SDK refuses by itself. */
const FEATURES = [
    "secrets",
    "resourceReferences",
    "aliasSpecs",
    "replacementTrigger",
    "deletedWith",
    "replaceWith",
    "transforms",
];

/** The protocol's enumeration `Result`, of which not every SDK's stubs name the last. */
const RESULTS = { success: 0, failed: 1, skipped: 2 } as unknown as Record<RegisterResult["result"], Result>;

/** A server on a port of its own, which can be told to processes before it serves anything: then the log, and once there is a program, the monitor. */
export class EngineServer {
    readonly #sdk: Sdk;
    readonly #request: DeploymentSettings;
    readonly #server: Server;
    #rootResource = "";
    readonly #transforms: Transforms;
    #signalled: () => void = () => undefined;
    /** The program has said that it will register nothing more. */
    readonly programDone = new Promise<void>((resolve) => (this.#signalled = resolve));
    /** The program waits for the end. */
    isWaiting = false;
    #letGo: () => void = () => undefined;
    readonly #released = new Promise<void>((resolve) => (this.#letGo = resolve));

    constructor(sdk: Sdk, request: DeploymentSettings) {
        this.#sdk = sdk;
        this.#request = request;

        this.#transforms = new Transforms(sdk);
        this.#server = new sdk.grpc.Server(CHANNEL_OPTIONS);
    }

    serveLog(): void {
        this.#server.addService(this.#sdk.engineService.EngineService, this.#engineService());
    }

    serveMonitor(host: ProgramHost): void {
        this.#server.addService(this.#sdk.resourceService.ResourceMonitorService, this.#monitorService(host));
    }

    /** The address. */
    listen(): Promise<string> {
        const credentials = this.#sdk.grpc.ServerCredentials.createInsecure();
        return new Promise((resolve, reject) => {
            this.#server.bindAsync("127.0.0.1:0", credentials, (error, port) =>
                error === null ? resolve(`127.0.0.1:${port}`) : reject(error),
            );
        });
    }

    /** Answers the program that waits for the end. */
    release(): void {
        this.#letGo();
    }

    /** Drops all connections: what waits for an answer gets none. */
    close(): void {
        this.#transforms.close();
        this.#server.forceShutdown();
    }

    #engineService(): UntypedServiceImplementation {
        const sdk = this.#sdk;
        const empty = (): InstanceType<typeof sdk.empty.Empty> => new sdk.empty.Empty();
        return {
            log: this.#unary((message: LogRequest) => {
                this.#request.onEvent(readLog(message));
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
        const { project } = this.#request;
        return {
            getDeploymentInfo: this.#unary(() => this.#deploymentInfo()),
            supportsFeature: this.#unary((message: SupportsFeatureRequest) =>
                new sdk.resource.SupportsFeatureResponse().setHassupport(FEATURES.includes(message.getId())),
            ),
            registerResource: this.#unary(async (message: RegisterResourceRequest) => {
                if (message.getRemote())
                    return this.#refuse(
                        host,
                        `the remote component "${message.getName()}" of type ${message.getType()}`,
                    );
                await this.#transforms.apply(this.#urnOf(message), message);
                const goal = readRegistration(message, project.root);
                const properties = await hashAssets(goal.properties, project.programDirectory);
                const registered = await host.register({ ...goal, properties });
                if (registered.result !== "success" && !message.getSupportsresultreporting())
                    throw new Error(`resource ${registered.urn} failed to register`);
                return this.#registeredResponse(registered, message.getAcceptsecrets());
            }),
            readResource: this.#unary(async (message: ReadResourceRequest) => {
                const { urn, outputs } = await host.read(readRead(message, project.root));
                return new sdk.resource.ReadResourceResponse().setUrn(urn).setProperties(toStruct(sdk, outputs));
            }),
            registerResourceOutputs: this.#unary(async (message: RegisterResourceOutputsRequest) => {
                await host.registerOutputs(
                    message.getUrn(),
                    await hashAssets(fromStruct(message.getOutputs()), project.programDirectory),
                );
                return new sdk.empty.Empty();
            }),
            signalAndWaitForShutdown: this.#unary(async () => {
                this.#signalled();
                this.isWaiting = true;
                await this.#released;
                return new sdk.empty.Empty();
            }),
            invoke: this.#unary((message: { getTok(): string }) =>
                this.#refuse(host, `the function ${message.getTok()} of a provider's plugin`),
            ),
            call: this.#unary((message: { getTok(): string }) =>
                this.#refuse(host, `the method ${message.getTok()} of a provider's plugin`),
            ),
            registerPackage: this.#unary((message: { getName(): string }) =>
                this.#refuse(host, `the parameterized package "${message.getName()}"`),
            ),
            registerStackTransform: this.#unary((message: Callback) => {
                this.#transforms.addToStack(message);
                return new sdk.empty.Empty();
            }),
            registerStackInvokeTransform: this.#unary(() => this.#refuse(host, "invoke transforms")),
            registerResourceHook: this.#unary(() => this.#refuse(host, "resource hooks")),
            registerErrorHook: this.#unary(() => this.#refuse(host, "error hooks")),
        };
    }

    #deploymentInfo(): InstanceType<Sdk["resource"]["DeploymentInfo"]> {
        const sdk = this.#sdk;
        const request = this.#request;
        const all = new Map<string, unknown>(Object.entries(sdk.resource.ResourceMonitorFeature));
        const numbers = FEATURES.map(
            (name) =>
                all.get(
                    `RESOURCE_MONITOR_FEATURE_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`,
                ) as ResourceMonitorFeature,
        );
        return new sdk.resource.DeploymentInfo()
            .setProject(request.project.name)
            .setStack(request.stack)
            .setOrganization(request.organization)
            .setDryrun(request.dryRun)
            .setParallel(request.options.parallel)
            .setSupportedfeaturesList(numbers);
    }

    #registeredResponse(
        { result, urn, id, outputs, unknown }: RegisterResult,
        acceptsSecrets: boolean,
    ): InstanceType<Sdk["resource"]["RegisterResourceResponse"]> {
        const sdk = this.#sdk;
        const response = new sdk.resource.RegisterResourceResponse();
        response.setUrn(urn).setResult(RESULTS[result]);
        // In the preview of a creation there is no id; an empty one says so.
        if (id !== undefined) response.setId(id);
        response.setObject(toStruct(sdk, acceptsSecrets ? outputs : mapValues(outputs, withoutSecrets)));
        // Newer SDKs have this field.
        if (unknown === true) (response as { setUnknown?: (unknown: boolean) => void }).setUnknown?.(true);
        return response;
    }

    #urnOf(message: RegisterResourceRequest): string {
        const { stack, project } = this.#request;
        const parent = message.getParent();
        return makeUrn(stack, project.name, parent === "" ? undefined : parent, message.getType(), message.getName());
    }

    #refuse(host: ProgramHost, what: string): Promise<never> {
        host.refuse(`The embedded engine does not support ${what}; deploy with the pulumi command instead.`);
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
                    (error: unknown) =>
                        callback({ code: this.#sdk.grpc.status.UNKNOWN, details: (error as Error).message }),
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
