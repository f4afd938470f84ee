/** The process that serves dynamic providers, and the calls to it. */

import type { ServiceError } from "@grpc/grpc-js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { makeSecret, withoutSecrets } from "../model/values";
import type { PropertyMap } from "../model/types";
import { NodeProcess, type ProcessOptions } from "./process";
import { CHANNEL_OPTIONS, type Sdk } from "./sdk";
import { toStruct } from "./struct";

/** What a provider said went wrong. */
export class ProviderError extends Error {
    constructor(
        message: string,
        /** The resource exists nevertheless, but is not what it should be. */
        readonly made?: { id: string; outputs: PropertyMap; reasons: string[] },
    ) {
        super(message);
    }
}
/** The process ended during a call: nobody knows what has become of the resource. */
export class ProviderGone extends Error {}

type Callback<Response> = (error: ServiceError | null, response: Response) => void;

/** The provider entry that it is configured as. */
export interface ProviderEntry {
    urn: string;
    id: string;
    name: string;
    type: string;
    inputs: PropertyMap;
}

export class ProviderProcess {
    readonly #process: NodeProcess;
    readonly #port: Promise<string>;
    #client: ResourceProviderClient | undefined;
    #gone: string | undefined;

    constructor(
        readonly sdk: Sdk,
        options: Omit<ProcessOptions, "script">,
    ) {
        let takePort: (port: string) => void = () => undefined;
        const firstLine = new Promise<string>((resolve) => (takePort = resolve));
        let isFirst = true;
        this.#process = new NodeProcess({
            ...options,
            script: sdk.providerServer,
            preload: [require.resolve("./loadHandlers")],
            onLine: (stream, line) => {
                if (stream === "stdout" && isFirst) {
                    isFirst = false;
                    takePort(line.trim());
                } else options.onLine(stream, line);
            },
        });
        const ended = this.#process.ended.then((code) => {
            this.#gone = `The provider process ended unexpectedly (${code}).`;
            throw new ProviderGone(this.#gone);
        });
        this.#port = Promise.race([firstLine, ended]);
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
                // The end of the process is noticed a moment after that of the connection.
                else if (error.code === this.sdk.grpc.status.UNAVAILABLE)
                    setTimeout(
                        () =>
                            reject(
                                new ProviderGone(this.#gone ?? `The provider could not be reached: ${error.details}`),
                            ),
                        50,
                    );
                else reject(this.#toError(error));
            });
        });
    }

    /** Nothing is in flight any more. */
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
            const text = `${reasons.length} ${reasons.length === 1 ? "error" : "errors"} occurred:\n${reasons.map((reason) => `\t* ${reason}`).join("\n")}`;
            return new ProviderError(text, { id: failed.getId(), outputs, reasons });
        }
        return new ProviderError(error.details);
    }
}

/** A stack's whole config as a provider entry's inputs. */
export const configInputs = (config: ReadonlyMap<string, string>, secretKeys: ReadonlySet<string>): PropertyMap =>
    Object.fromEntries(
        [...config]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, value]) => [key, secretKeys.has(key) ? makeSecret(value) : value]),
    );
