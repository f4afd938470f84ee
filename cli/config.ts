/** The subcommand `config`: a stack's config in its settings file, which the `pulumi` command also reads. */
import {
    configPath,
    configValue,
    fullKey,
    resolveConfig,
    type Decrypter,
    type ResolvedConfig,
} from "../engine/project/config";
import { containsSecret, StackSettings, type ConfigValue } from "../engine/project/stackSettings";
import { locateStack, openStack, type LocatedStack } from "../engine/stack";
import { stackNotFound } from "../engine/state/knownStacks";
import { UserError } from "../engine/model/userError";
import { API_KEY, configKeyProblem, isConfigKey, nearestConfigKey } from "../provider/agb/configKeys";
import type { StackFlags } from "./options";
import { printJson, printTable } from "./print";
import { readValue } from "./readValue";
import { addStackSubcommand, type RegisterCommand } from "./subcommand";

/** Shown in place of a secret. */
const HIDDEN = "[secret]";

interface ConfigFlags extends StackFlags {
    path?: boolean;
}

interface SetFlags extends ConfigFlags {
    secret?: boolean;
    plaintext?: boolean;
}

interface ListFlags extends StackFlags {
    json?: boolean;
    showSecrets?: boolean;
}

export const register: RegisterCommand = (command) => {
    addStackSubcommand(command, "set <key> [value]", "Set a value, read from standard input if it is not an argument")
        .option("--secret", "Encrypt the value")
        .option("--plaintext", "Store the value unencrypted, which is the default")
        .option("--path", "Treat the key as a path into a structured value")
        .action(set);
    addStackSubcommand(command, "get <key>", "Print a value, even if it is a secret").action(get);
    addStackSubcommand(command, "rm <key>", "Remove a value")
        .option("--path", "Treat the key as a path into a structured value")
        .action(remove);
    addStackSubcommand(command, "ls", "Print all values")
        .option("-j, --json", "Print JSON")
        .option("--show-secrets", "Print secrets in plain text")
        .action(list);
};

async function set(key: string, value: string | undefined, flags: SetFlags): Promise<void> {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const path = configPath(located.project.name, key, flags.path === true);
    const [name] = path.map(String);
    const warning = configKeyProblem(name ?? key);
    if (warning !== undefined) warn(warning);
    const isApiKey = nearestConfigKey(name ?? key) === API_KEY;
    const isSecret = flags.secret === true || isApiKey;
    const settings = StackSettings.load(located.project, located.reference.name);
    if (flags.stack === undefined) assertExists(located);
    // Only a secret needs the passphrase.
    const crypter = isSecret ? (await openStack(located, process.env, "openEmpty", { settings })).crypter : undefined;
    const text = value ?? (await readValue(key, isSecret));
    if (isApiKey && text === "") {
        throw new UserError(`the value of ${name ?? key} is empty. Pass the API key on standard input, or type it.`);
    }
    settings.setConfig(path, crypter === undefined ? configValue(text, path) : { secure: crypter.encrypt(text) });
    if (crypter !== undefined && settings.encryptionSalt === undefined) settings.setEncryptionSalt(crypter.salt);
    settings.save();
    await checkValue(located, name ?? key, settings.config.get(name ?? key), crypter);
    if (isApiKey && flags.secret !== true) {
        const why = warning === undefined ? "is a secret" : "is probably meant as a secret";
        process.stderr.write(`${name ?? key} ${why}, so it was encrypted.\n`);
    }
}

/** Says at once what the provider would say in the next preview. The value may be completed by further commands, so it is kept. */
async function checkValue(
    { project, reference }: LocatedStack,
    key: string,
    value: ConfigValue | undefined,
    crypter: Decrypter = { decrypt: () => HIDDEN },
): Promise<void> {
    if (!isConfigKey(key) || value === undefined) return;
    const { configValueProblem } = await import("../provider/handlers/config.js");
    const { config } = resolveConfig({ ...project, config: {} }, reference.name, new Map([[key, value]]), crypter);
    const problem = configValueProblem(key, config.get(key) ?? "");
    if (problem !== undefined) warn(problem);
}

const warn = (text: string): void => void process.stderr.write(`warning: ${text}\n`);

async function get(key: string, flags: ConfigFlags): Promise<void> {
    const { located, settings } = open(flags);
    const name = fullKey(located.project.name, key);
    const values = new Map([...settings.config].filter(([stored]) => stored === name));
    const value = (await resolve(located, settings, values, true)).config.get(name);
    if (value === undefined) {
        throw new UserError(`configuration key '${key}' not found for stack '${located.reference.name}'`);
    }
    process.stdout.write(`${value}\n`);
}

function remove(key: string, flags: ConfigFlags): void {
    const located = locateStack(flags.cwd, flags.stack, process.env);
    const settings = StackSettings.load(located.project, located.reference.name);
    if (!settings.exists) assertExists(located);
    if (!settings.removeConfig(configPath(located.project.name, key, flags.path === true))) {
        // Like the `pulumi` command, it succeeds.
        process.stderr.write(
            `configuration key '${key}' is not set for stack '${located.reference.name}', so nothing was removed\n`,
        );
    }
    settings.save();
}

async function list(flags: ListFlags): Promise<void> {
    const { located, settings } = open(flags);
    const { config, secretKeys } = await resolve(located, settings, settings.config, flags.showSecrets === true);
    const entries = [...config]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({
            key,
            secret: secretKeys.has(key),
            value: secretKeys.has(key) && !flags.showSecrets ? HIDDEN : value,
        }));
    if (flags.json) {
        const values = Object.fromEntries(
            entries.map(({ key, secret, value }) => [key, { ...(value !== HIDDEN && { value }), secret }]),
        );
        printJson(values);
        return;
    }
    const ownNamespace = `${located.project.name}:`;
    printTable([
        ["KEY", "VALUE"],
        ...entries.map(({ key, value }) => [
            key.startsWith(ownNamespace) ? key.slice(ownNamespace.length) : key,
            value,
        ]),
    ]);
}

/** The config of a stack can be set before `up --stack` creates the stack. */
function open({ cwd, stack }: StackFlags): { located: LocatedStack; settings: StackSettings } {
    const located = locateStack(cwd, stack, process.env);
    const settings = StackSettings.load(located.project, located.reference.name);
    if (stack === undefined || !settings.exists) assertExists(located);
    return { located, settings };
}

function assertExists({ backend, reference }: LocatedStack): void {
    if (!backend.hasStack(reference)) throw stackNotFound(backend, reference);
}

/** Only a secret that is shown needs the passphrase. */
async function resolve(
    located: LocatedStack,
    settings: StackSettings,
    values: ReadonlyMap<string, ConfigValue>,
    showSecrets: boolean,
): Promise<ResolvedConfig> {
    const crypter =
        showSecrets && [...values.values()].some(containsSecret)
            ? (await openStack(located, process.env, "openEmpty", { settings })).crypter
            : { decrypt: () => HIDDEN };
    return resolveConfig({ ...located.project, config: {} }, located.reference.name, values, crypter);
}
