/** The subcommand `config`: a stack's config in its settings file, which the `pulumi` command also reads. */
import { configPath, configValue, fullKey, resolveConfig, type ResolvedConfig } from "../engine/project/config";
import { StackSettings } from "../engine/project/stackSettings";
import { locateStack, openStack, type OpenStack } from "../engine/stack";
import { UserError } from "../engine/model/userError";
import type { StackFlags } from "./options";
import { printJson, printTable } from "./print";
import { readValue } from "./readValue";
import { addStackSubcommand, type RegisterCommand } from "./subcommand";

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

/** A secret, whatever the flags say. */
const API_KEY = "agb:apiKey";

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
    const stack = await open(flags, { writes: true });
    const path = configPath(stack.project.name, key, flags.path === true);
    const isApiKey = path.join(".") === API_KEY;
    const isSecret = flags.secret === true || isApiKey;
    const text = value ?? (await readValue(key, isSecret));
    stack.settings.setConfig(path, isSecret ? { secure: stack.crypter.encrypt(text) } : configValue(text, path));
    save(stack);
    if (isApiKey && flags.secret !== true) process.stderr.write(`${API_KEY} is a secret, so it was encrypted.\n`);
}

async function get(key: string, flags: ConfigFlags): Promise<void> {
    const stack = await open(flags);
    const value = resolve(stack).config.get(fullKey(stack.project.name, key));
    if (value === undefined) {
        throw new UserError(`configuration key '${key}' not found for stack '${stack.reference.name}'`);
    }
    process.stdout.write(`${value}\n`);
}

async function remove(key: string, flags: ConfigFlags): Promise<void> {
    const stack = await open(flags);
    stack.settings.removeConfig(configPath(stack.project.name, key, flags.path === true));
    save(stack);
}

async function list(flags: ListFlags): Promise<void> {
    const stack = await open(flags);
    const { config, secretKeys } = resolve(stack);
    const entries = [...config]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({
            key,
            secret: secretKeys.has(key),
            value: secretKeys.has(key) && !flags.showSecrets ? "[secret]" : value,
        }));
    if (flags.json) {
        const values = Object.fromEntries(
            entries.map(({ key, secret, value }) => [key, { ...(value !== "[secret]" && { value }), secret }]),
        );
        printJson(values);
        return;
    }
    const ownNamespace = `${stack.project.name}:`;
    printTable([
        ["KEY", "VALUE"],
        ...entries.map(({ key, value }) => [
            key.startsWith(ownNamespace) ? key.slice(ownNamespace.length) : key,
            value,
        ]),
    ]);
}

/** The config of a stack can be set before `up --stack` creates the stack. */
function open({ cwd, stack }: StackFlags, { writes = false } = {}): Promise<OpenStack> {
    const located = locateStack(cwd, stack, process.env);
    const settings = StackSettings.load(located.project, located.reference.name);
    const mayBeMissing = stack !== undefined && (writes || settings.exists);
    return openStack(located, process.env, mayBeMissing ? "openEmpty" : "fail", { settings });
}

function resolve({ project, reference, settings, crypter }: OpenStack): ResolvedConfig {
    return resolveConfig({ ...project, config: {} }, reference.name, settings.config, crypter);
}

function save({ settings, crypter }: OpenStack): void {
    if (settings.encryptionSalt === undefined) {
        settings.setEncryptionSalt(crypter.salt);
    }
    settings.save();
}
