/** `pulumi-agb config`: a stack's config in its settings file, where the pulumi command reads it too. */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { configPath, configValue, fullKey, resolveConfig, type ResolvedConfig } from "../engine/project/config";
import { locateStack, openStack, type OpenStack } from "../engine/stack";
import { UserError } from "../engine/model/userError";
import type { RegisterCommand } from "./commands";
import { stackOptions, type StackFlags } from "./options";

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
    subcommand(
        command,
        "set <key> [value]",
        "Set a value; without one, it is read from the standard input, where no process list shows it",
    )
        .option("--secret", "encrypt the value")
        .option("--plaintext", "do not encrypt the value, as by default")
        .option("--path", "the key is a path into a structured value")
        .action(set);
    subcommand(command, "get <key>", "Print a value, a secret one too").action(get);
    subcommand(command, "rm <key>", "Remove a value")
        .option("--path", "the key is a path into a structured value")
        .action(remove);
    subcommand(command, "ls", "Print all values")
        .option("-j, --json", "print JSON")
        .option("--show-secrets", "print secrets in plain text")
        .action(list);
};

function subcommand(command: Command, usage: string, summary: string): Command {
    return stackOptions(command.command(usage).description(summary));
}

async function set(key: string, given: string | undefined, flags: SetFlags): Promise<void> {
    const stack = await open(flags);
    const path = configPath(stack.project.name, key, flags.path === true);
    const text = given ?? (await readValue(key));
    stack.settings.setConfig(path, flags.secret ? { secure: stack.crypter.encrypt(text) } : configValue(text, path));
    save(stack);
}

async function get(key: string, flags: ConfigFlags): Promise<void> {
    const stack = await open(flags);
    const value = resolved(stack).config.get(fullKey(stack.project.name, key));
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
    const { config, secretKeys } = resolved(stack);
    const entries = [...config]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({
            key,
            secret: secretKeys.has(key),
            value: secretKeys.has(key) && !flags.showSecrets ? "[secret]" : value,
        }));
    if (flags.json) {
        const json = Object.fromEntries(
            entries.map(({ key, secret, value }) => [key, { ...(value !== "[secret]" && { value }), secret }]),
        );
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
    }
    const own = `${stack.project.name}:`;
    const rows = [
        ["KEY", "VALUE"],
        ...entries.map(({ key, value }) => [key.startsWith(own) ? key.slice(own.length) : key, value]),
    ];
    const width = Math.max(...rows.map(([key = ""]) => key.length));
    process.stdout.write(rows.map(([key = "", value = ""]) => `${key.padEnd(width)}  ${value}\n`).join(""));
}

function open(flags: StackFlags): Promise<OpenStack> {
    return openStack(locateStack(flags.cwd, flags.stack, process.env), process.env, false);
}

function resolved({ project, reference, settings, crypter }: OpenStack): ResolvedConfig {
    return resolveConfig({ ...project, config: {} }, reference.name, settings.config, crypter);
}

function save({ settings, crypter }: OpenStack): void {
    if (settings.encryptionSalt === undefined) {
        settings.setEncryptionSalt(crypter.salt);
    }
    settings.save();
}

async function readValue(key: string): Promise<string> {
    if (process.stdin.isTTY) {
        const terminal = createInterface({ input: process.stdin, output: process.stderr });
        try {
            return await terminal.question(`value of ${key}: `);
        } finally {
            terminal.close();
        }
    }
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
        chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString("utf8").trim();
}
