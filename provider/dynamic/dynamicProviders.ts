/**
 * `pulumi-agb/handlers`: the handlers behind the interface of Pulumi's dynamic providers. This runs in the provider process,
 * where each resource's `__provider` text asks for one of these functions; they must keep their names for ever.
 */
import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { AgbClient, resolveSettings, settingsProblem } from "../agb";
import { Account, type Reporter } from "../handlers/account";
import { contextHandlers } from "../handlers/context";
import { contextFileHandlers } from "../handlers/files/contextFile";
import { contextFolderHandlers } from "../handlers/files/contextFolder";
import { PartialFailure, unknown, type CheckResult, type Failure, type Handlers } from "../handlers/contract";
import { sessionHandlers } from "../handlers/session/session";
import { syncHandlers } from "../handlers/sync";
import { agbConfig, type AgbConfig } from "../handlers/config";
import { createEngineReporter } from "./engineReporter";
import { PROVIDER_KEY } from "./identifiers";

/** How an unknown value looks in the requests of a preview. */
const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** How a secret value looks in the answers. In requests all values are plain. */
const SECRET_ON_THE_WIRE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
/** Names the outputs that are secret this time; see `secretOutputs` of the resources' base class. */
const SECRET_OUTPUTS_KEY = "__secretOutputs";

let configure: (config: AgbConfig) => void;
/** The stock loader may let a call in before `configure` has run, so every call waits for this. */
const configured = new Promise<AgbConfig>((resolve) => (configure = resolve));
let account: Promise<Account> | undefined;

export const context = toDynamicProvider(contextHandlers);
export const contextFile = toDynamicProvider(contextFileHandlers);
export const contextFolder = toDynamicProvider(contextFolderHandlers);
export const session = toDynamicProvider(sessionHandlers);
export const sync = toDynamicProvider(syncHandlers);

type Properties = Record<string, unknown>;

function toDynamicProvider<Inputs extends object, State extends Inputs>(
    handlers: Handlers<Inputs, State, CheckResult | Promise<CheckResult>>,
): Required<Omit<dynamic.ResourceProvider, "onRead" | "invoke">> {
    return {
        configure(request) {
            configure(agbConfig((key) => request.config.get(key)));
            return Promise.resolve();
        },

        async check(olds: Properties, news: Properties) {
            const config = await configured;
            const {
                inputs,
                failures,
                warnings = [],
            } = await handlers.check({ olds: deserialize(olds), news: deserialize(news) });
            for (const warning of warnings) getReporter().warn(warning);
            return {
                inputs: { ...serialize(inputs), ...secretOutputs(news) },
                failures: [...configFailures(config), ...failures],
            };
        },

        diff: (id, olds: Properties, news: Properties) =>
            withPlainErrors(async () => {
                const diff = await handlers.diff({
                    id,
                    state: deserialize(olds) as State,
                    inputs: deserialize(news) as Inputs,
                    account: await getAccount(),
                });
                // An update stores outputs anew, secret or plain.
                return {
                    ...diff,
                    changes: diff.changes || !isDeepStrictEqual(secretOutputs(olds), secretOutputs(news)),
                };
            }),

        create: (inputs: Properties) =>
            withPlainErrors(async () => {
                const made = await handlers.create({
                    inputs: deserialize(inputs) as Inputs,
                    account: await getAccount(),
                });
                return { id: made.id, outs: serializeOutputs(made.state, inputs) };
            }, inputs),

        read: (id, props: Properties) =>
            withPlainErrors(async () => {
                const state = deserialize(props);
                const found = await handlers.read({ id, state: state as Partial<State>, account: await getAccount() });
                if (found)
                    return {
                        id,
                        props: serializeOutputs(found.state, props),
                        ...(found.inputs && { inputs: { ...serialize(found.inputs), ...secretOutputs(props) } }),
                    };
                // A refresh takes an empty id as "gone"; a `get` would go on with nothing.
                if (isStaticGet(state))
                    throw new Error(`AGB has nothing with the id "${id}". Check the id given to get().`);
                return { id: "", props: {} };
            }),

        update: (id, olds: Properties, news: Properties) =>
            withPlainErrors(async () => {
                const { state } = await handlers.update({
                    id,
                    state: deserialize(olds) as State,
                    inputs: deserialize(news) as Inputs,
                    account: await getAccount(),
                });
                return { outs: serializeOutputs(state, news) };
            }, news),

        delete: (id, props: Properties) =>
            withPlainErrors(async () => {
                await handlers.delete({ id, state: deserialize(props) as State, account: await getAccount() });
            }),
    };
}

/** A `get` brings what the program gave, and that is no more than where it was declared. */
const isStaticGet = (state: Properties): boolean => Object.keys(state).every((key) => key.startsWith("__"));

/** What in the stack's configuration keeps AGB from being reached; found in the first preview, before anything is sent. */
function configFailures(config: AgbConfig): Failure[] {
    const problem = settingsProblem(config);
    return problem ? [{ property: "agb:apiKey", reason: problem }, ...config.problems] : config.problems;
}

let reporter: Reporter | undefined;
const getReporter = (): Reporter => (reporter ??= createEngineReporter(process.argv[2]));

/** One account for all resources of a deployment. A failure to connect is not kept: the next call may try again. */
function getAccount(): Promise<Account> {
    account ??= configured
        .then(async (config) => {
            const [problem] = config.problems;
            if (problem) throw new Error(`${problem.property} ${problem.reason}.`);
            return new Account(
                new AgbClient(await resolveSettings(config)),
                getReporter(),
                config.defaultLabels,
                config.forceDestroy,
            );
        })
        .catch((error: unknown) => {
            account = undefined;
            throw error;
        });
    return account;
}

/**
 * Runs a handler; its errors come out as the engine wants them: without a stack, and for a half-made resource with its
 * id, state and reason. The state must hold `__provider`, or a refresh or destroy that comes first would fail.
 */
async function withPlainErrors<T>(handler: () => Promise<T>, inputs: Properties = {}): Promise<T> {
    try {
        return await handler();
    } catch (error) {
        const plain: Error & { id?: string; properties?: object; reasons?: string[] } = new Error(
            error instanceof Error ? error.message : String(error),
        );
        // The loader prints name, message and stack of errors from diff, read and delete: the message is enough.
        plain.name = "";
        plain.stack = "";
        if (error instanceof PartialFailure) {
            plain.id = error.id;
            plain.properties = { ...serializeOutputs(error.state, inputs), [PROVIDER_KEY]: inputs[PROVIDER_KEY] };
            plain.reasons = [error.message];
        }
        throw plain;
    }
}

function deserialize(properties: Properties): Properties {
    return mapValues(
        properties,
        (value) => (value === UNKNOWN_ON_THE_WIRE ? unknown : value),
        (key) => key !== PROVIDER_KEY && key !== SECRET_OUTPUTS_KEY,
    );
}

const secretOutputs = ({ [SECRET_OUTPUTS_KEY]: names }: Properties): { [SECRET_OUTPUTS_KEY]?: string[] } =>
    names === undefined ? {} : { [SECRET_OUTPUTS_KEY]: names as string[] };

/** Outputs as the engine is to keep them: those that come from a secret input are secret too. */
function serializeOutputs(state: object, given: Properties): Properties {
    const names = secretOutputs(given);
    const secret = new Set(names[SECRET_OUTPUTS_KEY]);
    const outputs = Object.entries(serialize(state)).map(([key, value]) => [
        key,
        secret.has(key) ? { ...SECRET_ON_THE_WIRE, value } : value,
    ]);
    return { ...(Object.fromEntries(outputs) as Properties), ...names };
}

/** Values without `undefined`, which the wire does not have. */
function serialize(properties: object): Properties {
    return mapValues(
        properties,
        (value) => (value === unknown ? UNKNOWN_ON_THE_WIRE : value),
        () => true,
    );
}

function mapValues(properties: object, leaf: (value: unknown) => unknown, keep: (key: string) => boolean): Properties {
    const map = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(map);
        return typeof value === "object" && value !== null ? mapValues(value, leaf, () => true) : leaf(value);
    };
    return Object.fromEntries(
        Object.entries(properties)
            .filter(([key, value]) => keep(key) && value !== undefined)
            .map(([key, value]) => [key, map(value)]),
    );
}
