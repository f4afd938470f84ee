/** Resource transforms: callbacks in the program that modify its registrations. */

import type { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import type {
    RegisterResourceRequest,
    TransformResourceOptions,
    TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";

import { CHANNEL_OPTIONS, type Sdk } from "./sdk";

export class Transforms {
    readonly #sdk: Sdk;
    readonly #stackTransforms: Callback[] = [];
    readonly #clients = new Map<string, CallbacksClient>();
    /** Maps a URN to the resource's own transforms and the URN of its parent. */
    readonly #registered = new Map<string, { own: Callback[]; parent: string }>();

    constructor(sdk: Sdk) {
        this.#sdk = sdk;
    }

    addToStack(transform: Callback): void {
        this.#stackTransforms.push(transform);
    }

    /** Applies the resource's own transforms to the request, then those of its parents, then those of the stack. */
    async apply(urn: string, request: RegisterResourceRequest): Promise<void> {
        const own = request.getTransformsList();
        this.#registered.set(urn, { own, parent: request.getParent() });
        const all = [...own];
        for (
            let parent = this.#registered.get(request.getParent());
            parent !== undefined;
            parent = this.#registered.get(parent.parent)
        ) {
            all.push(...parent.own);
        }
        for (const transform of [...all, ...this.#stackTransforms]) await this.#applyOne(transform, request);
    }

    close(): void {
        for (const client of this.#clients.values()) client.close();
    }

    async #applyOne(transform: Callback, request: RegisterResourceRequest): Promise<void> {
        const sdk = this.#sdk;
        const message = new sdk.resource.TransformRequest()
            .setType(request.getType())
            .setName(request.getName())
            .setCustom(request.getCustom())
            .setParent(request.getParent())
            .setProperties(request.getObject())
            .setOptions(this.#optionsOf(request));
        const response = await this.#invoke(transform, message.serializeBinary());
        const properties = response.getProperties();
        const options = response.getOptions();
        if (properties !== undefined) request.setObject(properties);
        if (options !== undefined) setOptions(request, options);
    }

    #invoke(transform: Callback, message: Uint8Array): Promise<TransformResponse> {
        const sdk = this.#sdk;
        const target = transform.getTarget();
        const client =
            this.#clients.get(target) ??
            new sdk.callbackService.CallbacksClient(target, sdk.grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
        this.#clients.set(target, client);
        const request = new sdk.callback.CallbackInvokeRequest().setToken(transform.getToken()).setRequest(message);
        return new Promise((resolve, reject) => {
            client.invoke(request, (error, response) => {
                if (error === null) {
                    resolve(sdk.resource.TransformResponse.deserializeBinary(response.getResponse_asU8()));
                } else reject(new Error(error.details));
            });
        });
    }

    #optionsOf(request: RegisterResourceRequest): TransformResourceOptions {
        const options = new this.#sdk.resource.TransformResourceOptions()
            .setDependsOnList(request.getDependenciesList())
            .setIgnoreChangesList(request.getIgnorechangesList())
            .setReplaceOnChangesList(request.getReplaceonchangesList())
            .setVersion(request.getVersion())
            .setAliasesList(request.getAliasesList())
            .setProvider(request.getProvider())
            .setPluginDownloadUrl(request.getPlugindownloadurl())
            .setDeletedWith(request.getDeletedwith())
            .setAdditionalSecretOutputsList(request.getAdditionalsecretoutputsList())
            .setImport(request.getImportid())
            .setReplaceWithList(request.getReplaceWithList())
            .setReplacementTrigger(request.getReplacementTrigger())
            .setHideDiffList(request.getHidediffsList());
        const timeouts = request.getCustomtimeouts();
        if (timeouts !== undefined) options.setCustomTimeouts(timeouts);
        if (request.hasProtect()) options.setProtect(request.getProtect() ?? false);
        if (request.hasRetainondelete()) options.setRetainOnDelete(request.getRetainondelete() ?? false);
        if (request.getDeletebeforereplacedefined()) options.setDeleteBeforeReplace(request.getDeletebeforereplace());
        return options;
    }
}

function setOptions(request: RegisterResourceRequest, options: TransformResourceOptions): void {
    request
        .setDependenciesList(options.getDependsOnList())
        .setIgnorechangesList(options.getIgnoreChangesList())
        .setReplaceonchangesList(options.getReplaceOnChangesList())
        .setVersion(options.getVersion())
        .setAliasesList(options.getAliasesList())
        .setProvider(options.getProvider())
        .setDeletedwith(options.getDeletedWith())
        .setAdditionalsecretoutputsList(options.getAdditionalSecretOutputsList())
        .setCustomtimeouts(options.getCustomTimeouts())
        .setImportid(options.getImport())
        .setReplaceWithList(options.getReplaceWithList())
        .setReplacementTrigger(options.getReplacementTrigger())
        .setHidediffsList(options.getHideDiffList());
    if (options.hasProtect()) request.setProtect(options.getProtect() ?? false);
    if (options.hasRetainOnDelete()) request.setRetainondelete(options.getRetainOnDelete() ?? false);
    if (options.hasDeleteBeforeReplace()) {
        request.setDeletebeforereplace(options.getDeleteBeforeReplace() ?? false).setDeletebeforereplacedefined(true);
    }
}
