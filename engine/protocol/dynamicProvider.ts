/** Calls the provider of dynamic resources. It does not support secrets, so the engine restores them in the results. */

import type { PropertyMap, ResourceState } from "../model/types";
import { parseUrn } from "../model/urn";
import { forProvider, restoreAssets, restoreSecrets, withoutUnknowns } from "../model/values";
import type { CheckFailure, CreateResult, ProviderDiff, ReadResult, ResourceProvider } from "../plan/provider";
import { ProviderError, type ProviderProcess } from "./providerProcess";
import { fromStruct, toStruct } from "./struct";

interface ResourceRequest {
    setUrn(urn: string): unknown;
    setName?(name: string): unknown;
    setType?(type: string): unknown;
}

export class DynamicProvider implements ResourceProvider {
    readonly #process: ProviderProcess;
    readonly #dryRun: boolean;
    constructor(process: ProviderProcess, dryRun: boolean) {
        this.#process = process;
        this.#dryRun = dryRun;
    }

    async check(
        urn: string,
        olds: PropertyMap | undefined,
        news: PropertyMap,
    ): Promise<{ inputs: PropertyMap; failures: CheckFailure[] }> {
        const { sdk } = this.#process;
        const request = withResource(new sdk.provider.CheckRequest(), urn);
        request.setOlds(toStruct(sdk, forProvider(olds ?? {}, "whole")));
        const inputs = forProvider(news, "whole");
        request.setNews(toStruct(sdk, this.#dryRun ? inputs : withoutUnknowns(inputs)));
        const response = await this.#process.call<InstanceType<typeof sdk.provider.CheckResponse>>((client, done) =>
            client.check(request, done),
        );
        const failures = response
            .getFailuresList()
            .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() }));
        return { inputs: restoreSecrets(fromStruct(response.getInputs()), news), failures };
    }

    async diff(old: ResourceState, news: PropertyMap): Promise<ProviderDiff> {
        const { sdk } = this.#process;
        const request = withResource(new sdk.provider.DiffRequest(), old.urn);
        request.setId(old.id ?? "");
        request.setOldInputs(toStruct(sdk, forProvider(old.inputs ?? {}, "hash")));
        request.setOlds(toStruct(sdk, forProvider(old.outputs ?? {}, "hash")));
        request.setNews(toStruct(sdk, forProvider(news, "hash")));
        const response = await this.#process.call<InstanceType<typeof sdk.provider.DiffResponse>>((client, done) =>
            client.diff(request, done),
        );
        const { DIFF_SOME, DIFF_NONE } = sdk.provider.DiffResponse.DiffChanges;
        const changes = response.getChanges();
        return {
            changes: changes === DIFF_SOME ? true : changes === DIFF_NONE ? false : "unknown",
            changedKeys: response.getDiffsList(),
            replaceKeys: response.getReplacesList(),
            deleteBeforeReplace: response.getDeletebeforereplace(),
        };
    }

    async create(state: ResourceState): Promise<CreateResult> {
        const { sdk } = this.#process;
        const inputs = state.inputs ?? {};
        const request = withResource(new sdk.provider.CreateRequest(), state.urn);
        request.setProperties(toStruct(sdk, forProvider(inputs, "whole")));
        request.setTimeout(state.customTimeouts?.create ?? 0);
        return this.#withPartialResult(inputs, async () => {
            const response = await this.#process.call<InstanceType<typeof sdk.provider.CreateResponse>>(
                (client, done) => client.create(request, done),
            );
            if (response.getId() === "") {
                throw new ProviderError(`plugin returned empty resource.ID from create '${state.urn}'`);
            }
            return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
        });
    }

    async update(old: ResourceState, state: ResourceState): Promise<CreateResult> {
        const { sdk } = this.#process;
        const inputs = state.inputs ?? {};
        const request = withResource(new sdk.provider.UpdateRequest(), state.urn);
        request.setId(old.id ?? "");
        request.setOldInputs(toStruct(sdk, forProvider(old.inputs ?? {}, "hash")));
        request.setOlds(toStruct(sdk, forProvider(old.outputs ?? {}, "hash")));
        request.setNews(toStruct(sdk, forProvider(inputs, "whole")));
        request.setTimeout(state.customTimeouts?.update ?? 0);
        request.setIgnorechangesList(state.ignoreChanges ?? []);
        const result = await this.#withPartialResult(inputs, async () => {
            const response = await this.#process.call<InstanceType<typeof sdk.provider.UpdateResponse>>(
                (client, done) => client.update(request, done),
            );
            return { id: old.id ?? "", outputs: fromStruct(response.getProperties()) };
        });
        return { ...result, id: old.id ?? "" };
    }

    async read(
        urn: string,
        id: string,
        outputs: PropertyMap | undefined,
        inputs: PropertyMap | undefined,
    ): Promise<ReadResult> {
        const { sdk } = this.#process;
        const request = withResource(new sdk.provider.ReadRequest(), urn);
        request.setId(id);
        if (outputs !== undefined) request.setProperties(toStruct(sdk, forProvider(outputs, "hash")));
        if (inputs !== undefined) request.setInputs(toStruct(sdk, forProvider(inputs, "hash")));
        const response = await this.#process.call<InstanceType<typeof sdk.provider.ReadResponse>>((client, done) =>
            client.read(request, done),
        );
        const withAssets = (map: PropertyMap): PropertyMap => restoreAssets(map, inputs ?? {});
        const newInputs = response.hasInputs()
            ? withAssets(restoreSecrets(fromStruct(response.getInputs()), inputs ?? {}))
            : undefined;
        return {
            id: response.getId(),
            outputs: withAssets(restoreSecrets(fromStruct(response.getProperties()), outputs ?? {})),
            inputs: newInputs,
        };
    }

    async delete(state: ResourceState): Promise<void> {
        const { sdk } = this.#process;
        const request = withResource(new sdk.provider.DeleteRequest(), state.urn);
        request.setId(state.id ?? "");
        request.setOldInputs(toStruct(sdk, forProvider(state.inputs ?? {}, "hash")));
        request.setProperties(toStruct(sdk, forProvider(state.outputs ?? {}, "hash")));
        request.setTimeout(state.customTimeouts?.delete ?? 0);
        await this.#process.call<unknown>((client, done) => client.delete(request, done));
    }

    /** Turns an error with a partial result into a result with `initErrors`. */
    async #withPartialResult(
        inputs: PropertyMap,
        call: () => Promise<{ id: string; outputs: PropertyMap }>,
    ): Promise<CreateResult> {
        try {
            const { id, outputs } = await call();
            return { id, outputs: restoreSecrets(outputs, inputs) };
        } catch (error) {
            if (!(error instanceof ProviderError) || error.partialResult === undefined) throw error;
            const { id, outputs, reasons } = error.partialResult;
            return { id, outputs: restoreSecrets(outputs, inputs), initErrors: reasons };
        }
    }
}

function withResource<Request extends ResourceRequest>(request: Request, urn: string): Request {
    const { name, type } = parseUrn(urn);
    request.setUrn(urn);
    request.setName?.(name);
    request.setType?.(type);
    return request;
}
