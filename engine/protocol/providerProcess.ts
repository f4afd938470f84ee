/** The process that serves dynamic resources, and calls to it. */

import type { ServiceError } from "@grpc/grpc-js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { type ProviderEntry, ProviderGone } from "../execute/providerServer";
import { initErrorText } from "../model/initErrors";
import type { PropertyMap } from "../model/types";
import { withoutSecrets } from "../model/values";
import { NodeProcess, type ProcessOptions } from "./process";
import { CHANNEL_OPTIONS, type Sdk } from "./sdk";
import { toStruct } from "./struct";

/** An error that the provider reported. */
export class ProviderError extends Error {
    constructor(
        message: string,
        /** Set if the resource exists but was not initialized completely. */
        readonly partialResult?: { id: string; outputs: PropertyMap; reasons: string[] },
    ) {
        super(message);
    }
}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

export class ProviderProcess {
    readonly #process: NodeProcess;
    readonly #port: Promise<string>;
    #client: ResourceProviderClient | undefined;
    #exitMessage: string | undefined;

    constructor(
        readonly sdk: Sdk,
        options: Omit<ProcessOptions, "script">,
    ) {
        let resolvePort: (port: string) => void = () => undefined;
        const firstLine = new Promise<string>((resolve) => (resolvePort = resolve));
        let isFirst = true;
        this.#process = new NodeProcess({
            ...options,
            script: sdk.providerServer,
            preload: [require.resolve("./loadHandlers")],
            onLine: (stream, line) => {
                if (stream === "stdout" && isFirst) {
                    isFirst = false;
                    resolvePort(line.trim());
                } else options.onLine(stream, line);
            },
        });
        const exited = this.#process.ended.then((code) => {
            this.#exitMessage = `the provider process exited unexpectedly (${code}).`;
            throw new ProviderGone(this.#exitMessage);
        });
        this.#port = Promise.race([firstLine, exited]);
        this.#port.catch(() => undefined);
    }

    async configure(entry: ProviderEntry): Promise<void> {
        const sdk = this.sdk;
        const port = await this.#port;
        this.#client = new sdk.providerService.ResourceProviderClient(
            `127.0.0.1:${port}`,
            sdk.grpc.credentials.createInsecure(),
            CHANNEL_OPTIONS,
        );
        const request = new sdk.provider.ConfigureRequest();
        request.setArgs(toStruct(sdk, entry.inputs));
        for (const [key, value] of Object.entries(entry.inputs)) {
            const plain = withoutSecrets(value);
            request
                .getVariablesMap()
                .set(`pulumi-nodejs:config:${key}`, typeof plain === "string" ? plain : JSON.stringify(plain));
        }
        request.setAcceptsecrets(true);
        request.setAcceptresources(true);
        await this.call<unknown>((client, done) => client.configure(request, done));
    }

    /** One call; errors become {@link ProviderError} or {@link ProviderGone}. */
    call<Response>(send: (client: ResourceProviderClient, done: Callback<Response>) => void): Promise<Response> {
        const client = this.#client;
        if (client === undefined) return Promise.reject(new Error("the provider has not been configured"));
        return new Promise((resolve, reject) => {
            send(client, (error, response) => {
                if (error === null) resolve(response);
                // The exit of the process is noticed shortly after the loss of the connection.
                else if (error.code === this.sdk.grpc.status.UNAVAILABLE) {
                    setTimeout(
                        () =>
                            reject(
                                new ProviderGone(
                                    this.#exitMessage ?? `the provider could not be reached: ${error.details}`,
                                ),
                            ),
                        50,
                    );
                } else reject(this.#toError(error));
            });
        });
    }

    /** Call only when no operation is running. */
    async end(): Promise<void> {
        this.#client?.close();
        await this.#process.end(0);
    }

    #toError(error: ServiceError): ProviderError {
        const [details] = error.metadata.get("grpc-status-details-bin");
        if (!(details instanceof Uint8Array)) return new ProviderError(error.details);
        for (const detail of this.sdk.status.Status.deserializeBinary(details).getDetailsList()) {
            if (!detail.getTypeUrl().endsWith("pulumirpc.ErrorResourceInitFailed")) continue;
            const failed = this.sdk.provider.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
            const reasons = failed.getReasonsList();
            const outputs = failed.getProperties()?.toJavaScript() ?? {};
            return new ProviderError(initErrorText(reasons), { id: failed.getId(), outputs, reasons });
        }
        return new ProviderError(error.details);
    }
}
