/**
 * `pulumi-agb/handlers`: the handlers behind the interface of Pulumi's dynamic providers. This runs in the provider process,
 * where the `__provider` text of each resource names one of these exports, so their names never change.
 */
import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { commandLine } from "../../common/commandLine";
import { errorMessage } from "../../common/errorMessage";
import { AgbClient, AgbSettingsError, resolveSettings } from "../agb";
import type { ResourceDefinition } from "../definitions/definition";
import { Account } from "../handlers/account";
import { commandHandlers } from "../handlers/command/command";
import { agbConfig, configFailures, type AgbConfig } from "../handlers/config";
import { contextHandlers } from "../handlers/context";
import { contextFileHandlers } from "../handlers/files/contextFile";
import { contextFolderHandlers } from "../handlers/files/contextFolder";
import { PartialFailure, type CheckResult, type Failure, type Handlers } from "../handlers/contract";
import { guarded } from "../handlers/guarded";
import { displayName, type CommonInputs } from "../handlers/origin";
import { sessionHandlers } from "../handlers/session/session";
import { syncHandlers } from "../handlers/sync";
import { createEngineReporter, type EngineReporter } from "./engineReporter";
import { PROVIDER_KEY, SECRET_OUTPUTS_KEY } from "./identifiers";
import { deserialize, serialize, toSecret, type Properties } from "./values";

let configure: (config: AgbConfig) => void;
/** Pulumi's loader may call a provider before `configure` has run, so every call waits for the configuration. */
const configured = new Promise<AgbConfig>((resolve) => (configure = resolve));
/** Found in the first preview before any call. */
const settingFailures = configured.then((config) => configFailures(config));
let account: Promise<Account> | undefined;

export const command = toDynamicProvider(guarded(commandHandlers));
export const context = toDynamicProvider(guarded(contextHandlers));
export const contextFile = toDynamicProvider(guarded(contextFileHandlers));
export const contextFolder = toDynamicProvider(guarded(contextFolderHandlers));
export const session = toDynamicProvider(guarded(sessionHandlers));
export const sync = toDynamicProvider(guarded(syncHandlers));

function toDynamicProvider<Inputs extends CommonInputs, State extends Inputs, Expected extends string>(
    handlers: Handlers<Inputs, State, Promise<CheckResult>, Expected>,
): Required<Omit<dynamic.ResourceProvider, "onRead" | "invoke">> {
    return {
        configure(request) {
            configure(agbConfig((key) => request.config.get(key)));
            return Promise.resolve();
        },

        async check(olds: Properties, news: Properties) {
            const {
                inputs,
                failures,
                warnings = [],
            } = await handlers.check({
                olds: toHandler(olds),
                news: withoutExpected(handlers.definition, toHandler(news)),
            });
            for (const warning of warnings) getReporter().warn(warning);
            return {
                inputs: { ...serialize(inputs), ...secretOutputs(news) },
                failures: [...(await settingFailures), ...failures].map(asReason),
            };
        },

        diff: (id, olds: Properties, news: Properties) =>
            withPlainErrors(async () => {
                const diff = await handlers.diff({
                    id,
                    state: toHandler(olds) as State,
                    inputs: toHandler(news) as Inputs,
                    account: await getAccount(),
                });
                // An update stores the outputs again, as secrets or in plain text.
                return {
                    ...diff,
                    changes: diff.changes || !isDeepStrictEqual(secretOutputs(olds), secretOutputs(news)),
                };
            }),

        create: (inputs: Properties) =>
            withPlainErrors(async () => {
                const created = await handlers.create({
                    inputs: toHandler(inputs) as Inputs,
                    account: await getAccount(),
                });
                return { id: created.id, outs: serializeOutputs(created.state, inputs) };
            }, inputs),

        read: (id, props: Properties) =>
            withPlainErrors(async () => {
                const state = toHandler(props);
                const account = await storedAccount(
                    `${displayName(handlers.definition.name, state)} could not be read`,
                );
                const found = await handlers.read({ id, state: state as Partial<State>, account });
                if (found) {
                    return {
                        id,
                        props: serializeOutputs(found.state, props),
                        ...(found.inputs && { inputs: { ...serialize(found.inputs), ...secretOutputs(props) } }),
                    };
                }
                // An empty id means that the resource is gone. A `get` would continue without it.
                if (isStaticGet(state)) {
                    const subject = displayName(handlers.definition.name, state);
                    throw new Error(
                        `${subject} could not be read: AGB has no resource with the id "${id}". Check the id passed to get().`,
                    );
                }
                return { id: "", props: {} };
            }),

        update: (id, olds: Properties, news: Properties) =>
            withPlainErrors(async () => {
                const { state } = await handlers.update({
                    id,
                    state: toHandler(olds) as State,
                    inputs: toHandler(news) as Inputs,
                    account: await getAccount(),
                });
                return { outs: serializeOutputs(state, news) };
            }, news),

        delete: (id, props: Properties) =>
            withPlainErrors(async () => {
                const state = toHandler(props) as State;
                const account = await storedAccount(
                    `${displayName(handlers.definition.name, state)} could not be deleted`,
                );
                await handlers.delete({ id, state, account });
            }),
    };
}

/** Whether this is a `get`, whose state contains only the keys that the front end adds. */
const isStaticGet = (state: Properties): boolean => Object.keys(state).every((key) => key.startsWith("__"));

/**
 * Moves the path of an input into the reason. The engine prints the value of a property that it is given, even if it is a
 * secret, and `<nil>` if the property is nested.
 */
function asReason({ property, reason }: Failure): Failure {
    return { property: "", reason: property === "" ? reason : `${property} ${reason}` };
}

let reporter: EngineReporter | undefined;
const getReporter = (): EngineReporter => (reporter ??= createEngineReporter(process.argv[2]));

/** One account for all resources of a deployment. After a failure, the next call tries again. */
function getAccount(): Promise<Account> {
    account ??= configured
        .then(async (config) => {
            const [problem] = config.problems;
            if (problem) throw new Error(`${problem.property} ${problem.reason}.`);
            return new Account(
                new AgbClient(await resolveSettings(config, process.env, (message) => getReporter().info(message))),
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
 * The account of a refresh or a destroy, whose configuration is that of the last `up`: what is set since then has no effect.
 * Other operations report wrong settings before they need an account.
 */
async function storedAccount(attempted: string): Promise<Account> {
    try {
        return await getAccount();
    } catch (error) {
        if (!(error instanceof AgbSettingsError)) throw error;
        throw new Error(
            `${attempted}: ${error.message}. This command uses the configuration of the last \`up\`: after a change, run \`${commandLine("up")}\` first.`,
            { cause: error },
        );
    }
}

/**
 * Runs a handler and converts its errors to the form that the engine expects: without a stack, and for a resource that is not
 * ready with its id, state and reason. The state must contain `__provider`, or a later refresh or destroy fails.
 */
async function withPlainErrors<T>(handler: () => Promise<T>, inputs: Properties = {}): Promise<T> {
    try {
        return await handler();
    } catch (error) {
        const plain: Error & { id?: string; properties?: object; reasons?: string[] } = new Error(errorMessage(error));
        // Pulumi's loader prints the name and the stack of some errors in addition to the message.
        plain.name = "";
        plain.stack = "";
        if (error instanceof PartialFailure) {
            plain.id = error.id;
            plain.properties = { ...serializeOutputs(error.state, inputs), [PROVIDER_KEY]: inputs[PROVIDER_KEY] };
            plain.reasons = [error.message];
        }
        throw plain;
    } finally {
        await getReporter().flush();
    }
}

/** Properties as handlers get them, without those that only this front end uses. */
function toHandler(properties: Properties): Properties {
    const { [PROVIDER_KEY]: _provider, [SECRET_OUTPUTS_KEY]: _secrets, ...rest } = properties;
    return deserialize(rest);
}

/** Inputs without the placeholders of expected outputs; see `expectedOutputs` in the base class of the resources. */
function withoutExpected({ outputs }: ResourceDefinition, inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).filter(([key]) => !outputs[key]?.expected));
}

const secretOutputs = ({ [SECRET_OUTPUTS_KEY]: names }: Properties): { [SECRET_OUTPUTS_KEY]?: string[] } =>
    names === undefined ? {} : { [SECRET_OUTPUTS_KEY]: names as string[] };

/** Outputs for the state. Those that are derived from a secret input are secrets too. */
function serializeOutputs(state: object, given: Properties): Properties {
    const names = secretOutputs(given);
    const secrets = new Set(names[SECRET_OUTPUTS_KEY]);
    const outputs = Object.entries(serialize(state)).map(([key, value]): [string, unknown] => [
        key,
        secrets.has(key) ? toSecret(value) : value,
    ]);
    return { ...Object.fromEntries(outputs), ...names };
}
