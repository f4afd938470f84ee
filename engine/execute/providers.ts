/** The providers of a deployment, by their reference (`URN::ID`); each starts when it is first needed. */

import { randomUUID } from "node:crypto";

import { changedPaths } from "../model/changedPaths";
import { type PropertyMap, type ResourceState, UNKNOWN } from "../model/types";
import {
    isProviderType,
    packageOf,
    parseProviderReference,
    parseUrn,
    providerReference,
    STACK_REFERENCE_TYPE,
} from "../model/urn";
import { isSecret, sameValue } from "../model/values";
import type { PriorState } from "../plan/priorState";
import type { CreateResult, ProviderDiff, Providers, ReadResult, ResourceProvider } from "../plan/provider";
import type { ProviderServer } from "./providerServer";

/** The package of dynamic resources. */
const DYNAMIC_PACKAGE = "pulumi-nodejs";
/** The package of stack references. */
export const BUILT_IN_PACKAGE = "pulumi";
export const isSupportedPackage = (name: string): boolean => name === DYNAMIC_PACKAGE || name === BUILT_IN_PACKAGE;

export interface RegistryOptions {
    dryRun: boolean;
    prior(): PriorState;
    startServer(): ProviderServer;
    readStackOutputs: (name: string) => Promise<PropertyMap | undefined>;
}

export class ProviderRegistry implements Providers {
    readonly #options: RegistryOptions;
    readonly #providers = new Map<string, { inputs: PropertyMap; provider: Promise<ResourceProvider> }>();
    readonly #servers: ProviderServer[] = [];
    /** Started, but not configured yet. */
    #idleServer: ProviderServer | undefined;
    readonly #entries: ResourceProvider;

    constructor(options: RegistryOptions) {
        this.#options = options;
        this.#entries = new ProviderEntries(this, options.dryRun);
    }

    /** Starts a server before it is needed, so that it loads while the program does. */
    warmUp(): void {
        this.#idleServer = this.#start();
    }

    of(state: ResourceState): Promise<ResourceProvider> {
        if (isProviderType(state.type)) return Promise.resolve(this.#entries);
        const reference = state.provider ?? "";
        const known = this.#providers.get(reference);
        if (known !== undefined) return known.provider;
        const { urn, id } = parseProviderReference(reference);
        const entry = this.#options.prior().resources.find((other) => other.urn === urn && other.id === id);
        if (entry === undefined) {
            return Promise.reject(new Error(`unknown provider '${reference}' for resource '${state.urn}'`));
        }
        return this.register(entry);
    }

    /** Configures the provider of a provider resource, unless that has been done with the same inputs. */
    register(entry: ResourceState, inputs: PropertyMap = entry.inputs ?? {}): Promise<ResourceProvider> {
        const reference = providerReference(entry.urn, entry.id ?? UNKNOWN);
        const known = this.#providers.get(reference);
        if (known !== undefined && sameValue(known.inputs, inputs)) return known.provider;
        const provider = this.#configure(entry, inputs);
        this.#providers.set(reference, { inputs, provider });
        return provider;
    }

    /** Ends all servers. Call only when no operation is running. */
    async end(): Promise<void> {
        await Promise.all(this.#servers.map((server) => server.end()));
    }

    async #configure(entry: ResourceState, inputs: PropertyMap): Promise<ResourceProvider> {
        const { name } = parseUrn(entry.urn);
        if (packageOf(entry.type) === BUILT_IN_PACKAGE) return new StackReferences(this.#options.readStackOutputs);
        const server = this.#idleServer ?? this.#start();
        this.#idleServer = undefined;
        return server.configure({ urn: entry.urn, id: entry.id ?? UNKNOWN, name, type: entry.type, inputs });
    }

    #start(): ProviderServer {
        const server = this.#options.startServer();
        this.#servers.push(server);
        return server;
    }
}

/** Manages provider resources. */
class ProviderEntries implements ResourceProvider {
    readonly #registry: ProviderRegistry;
    readonly #dryRun: boolean;
    constructor(registry: ProviderRegistry, dryRun: boolean) {
        this.#registry = registry;
        this.#dryRun = dryRun;
    }

    check(_urn: string, _olds: PropertyMap | undefined, news: PropertyMap): ReturnType<ResourceProvider["check"]> {
        return Promise.resolve({ inputs: news, failures: [] });
    }

    diff(old: ResourceState, news: PropertyMap): Promise<ProviderDiff> {
        const changes = changedPaths(old.inputs ?? {}, news).length > 0;
        return Promise.resolve({ changes, changedKeys: [], replaceKeys: [], deleteBeforeReplace: false });
    }

    async create(state: ResourceState): Promise<CreateResult> {
        const id = this.#dryRun ? UNKNOWN : randomUUID();
        await this.#registry.register({ ...state, id });
        return { id, outputs: state.inputs ?? {} };
    }

    async update(old: ResourceState, state: ResourceState): Promise<CreateResult> {
        await this.#registry.register(state);
        return { id: old.id ?? "", outputs: state.inputs ?? {} };
    }

    read(): Promise<ReadResult> {
        return Promise.reject(new Error("providers cannot be read"));
    }

    delete(): Promise<void> {
        return Promise.resolve();
    }
}

/** Manages `StackReference`, which reads the outputs of another stack. */
class StackReferences implements ResourceProvider {
    readonly #readStackOutputs: (name: string) => Promise<PropertyMap | undefined>;
    constructor(readStackOutputs: (name: string) => Promise<PropertyMap | undefined>) {
        this.#readStackOutputs = readStackOutputs;
    }

    check(urn: string, _olds: PropertyMap | undefined, news: PropertyMap): ReturnType<ResourceProvider["check"]> {
        const { type } = parseUrn(urn);
        if (type !== STACK_REFERENCE_TYPE) {
            return Promise.reject(
                new Error(`${type} is built into Pulumi's own engine; deploy with the pulumi command instead.`),
            );
        }
        return Promise.resolve({ inputs: news, failures: [] });
    }

    diff(old: ResourceState, news: PropertyMap): Promise<ProviderDiff> {
        const changes = old.inputs?.name !== news.name;
        return Promise.resolve({
            changes,
            changedKeys: changes ? ["name"] : [],
            replaceKeys: changes ? ["name"] : [],
            deleteBeforeReplace: false,
        });
    }

    async create(state: ResourceState): Promise<CreateResult> {
        const { outputs } = await this.read(state.urn, "", undefined, state.inputs);
        return { id: randomUUID(), outputs };
    }

    async read(
        _urn: string,
        id: string,
        _outputs: PropertyMap | undefined,
        inputs: PropertyMap | undefined,
    ): Promise<ReadResult> {
        const name = typeof inputs?.name === "string" ? inputs.name : id;
        const outputs = await this.#readStackOutputs(name);
        if (outputs === undefined) throw new Error(`unknown stack "${name}"`);
        const secretOutputNames = Object.keys(outputs)
            .filter((key) => isSecret(outputs[key]))
            .sort();
        return { id, outputs: { name, outputs, secretOutputNames } };
    }

    update(): Promise<CreateResult> {
        return Promise.reject(new Error("a stack reference cannot be updated"));
    }

    delete(): Promise<void> {
        return Promise.resolve();
    }
}
