/** The functions that the engine answers itself, for which a program needs no provider. */

import type { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { ResourceInvokeRequest } from "@pulumi/pulumi/proto/resource_pb";

import type { PropertyMap } from "../model/types";
import type { RegisterResult } from "../plan/goal";
import type { Sdk } from "./sdk";
import { fromStruct, toStruct } from "./struct";

/** Called by the SDK for a resource with the option `urn`, which refers to one that is already registered. */
const GET_RESOURCE = "pulumi:pulumi:getResource";

export class Builtins {
    readonly #sdk: Sdk;
    /** The resources that the program has registered or read so far. */
    readonly #resources = new Map<string, { id: string; state: PropertyMap }>();

    constructor(sdk: Sdk) {
        this.#sdk = sdk;
    }

    recordResource({ result, urn, id = "", outputs }: RegisterResult): void {
        if (result === "success") this.#resources.set(urn, { id, state: outputs });
    }

    /** The outputs of a component are known only after its registration. */
    recordOutputs(urn: string, state: PropertyMap): void {
        const resource = this.#resources.get(urn);
        if (resource !== undefined) resource.state = state;
    }

    /** The response to a call; undefined if the function is not built in. */
    invoke(request: ResourceInvokeRequest): InvokeResponse | undefined {
        if (request.getTok() !== GET_RESOURCE) return undefined;
        const { urn } = fromStruct(request.getArgs());
        const resource = typeof urn === "string" ? this.#resources.get(urn) : undefined;
        if (urn === undefined || resource === undefined) {
            throw new Error(`invocation of ${GET_RESOURCE} returned an error: unknown resource ${JSON.stringify(urn)}`);
        }
        // Newer SDKs have a message of their own for the monitor's response, with the same fields.
        const { ResourceInvokeResponse } = this.#sdk.resource as { ResourceInvokeResponse?: typeof InvokeResponse };
        const Response = ResourceInvokeResponse ?? this.#sdk.provider.InvokeResponse;
        return new Response().setReturn(toStruct(this.#sdk, { urn, ...resource }));
    }
}
