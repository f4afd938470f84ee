/** Resolves the config of a program: the stack's settings, with the defaults and checks that the project declares. */
import { commandLine } from "../../common/commandLine";
import { parsePath } from "../model/propertyPath";
import { encodeEscaped } from "../model/propertyText";
import type { PropertyValue } from "../model/types";
import { UserError } from "../model/userError";
import type { ConfigDeclaration, ProjectFile } from "./project";
import type { ConfigValue } from "./stackSettings";

/** The part of a stack's crypter that reading its config needs. */
export interface Decrypter {
    decrypt(ciphertext: string): string;
}

export interface ResolvedConfig {
    /** Maps `NAMESPACE:KEY` to text, with secrets in plain text. */
    config: Map<string, string>;
    secretKeys: Set<string>;
    /** The plain text of every secret, at any depth of a value. */
    secretTexts: Set<string>;
}

/** Adds the namespace to a key. Keys without one belong to the project. */
export function fullKey(project: string, key: string): string {
    return key.includes(":") ? key.replace(/^([^:]+):config:/, "$1:") : `${project}:${key}`;
}

/** The path of a key in the settings. If `structured`, the key is itself a path, such as `servers[0].name`. */
export function configPath(project: string, key: string, structured: boolean): (string | number)[] {
    const full = fullKey(project, key);
    const path = structured ? parsePath(full) : [full];
    if (path === undefined || path.length === 0 || !/^[^:]+:[^:]+$/.test(String(path[0]))) {
        throw new UserError(`"${key}" is not a valid config key. Use KEY or NAMESPACE:KEY.`);
    }
    return path;
}

/** Parses a value. As in the `pulumi` command, booleans and integers keep their type inside structured values. */
export function configValue(text: string, path: (string | number)[]): ConfigValue {
    return path.length > 1 && /^(true|false|0|-?[1-9]\d{0,14})$/.test(text) ? (JSON.parse(text) as ConfigValue) : text;
}

export function resolveConfig(
    project: ProjectFile,
    stack: string,
    settings: ReadonlyMap<string, ConfigValue>,
    crypter: Decrypter,
): ResolvedConfig {
    const resolved: ResolvedConfig = { config: new Map(), secretKeys: new Set(), secretTexts: new Set() };
    for (const [key, value] of settings) {
        const plain = decryptSecrets(value, (ciphertext) => {
            const text = decryptText(ciphertext, key, crypter);
            resolved.secretTexts.add(text);
            resolved.secretKeys.add(key);
            return text;
        });
        resolved.config.set(key, textOf(plain));
    }
    applyDeclarations(project, stack, resolved);
    return resolved;
}

/** Replaces every `{ secure }` in a value with its plain text. */
function decryptSecrets(value: ConfigValue, decrypt: (ciphertext: string) => string): ConfigValue {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => decryptSecrets(item, decrypt));
    }
    if (Object.keys(value).length === 1 && typeof value.secure === "string") {
        return decrypt(value.secure);
    }
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, decryptSecrets(field, decrypt)]));
}

function decryptText(ciphertext: string, key: string, crypter: Decrypter): string {
    try {
        return crypter.decrypt(ciphertext);
    } catch {
        throw new UserError(
            `the secret config value ${key} cannot be decrypted, because it was not encrypted with the stack's encryptionsalt. Set it again.`,
        );
    }
}

function textOf(value: ConfigValue): string {
    return typeof value === "string" ? value : encodeEscaped(value satisfies PropertyValue);
}

function applyDeclarations(project: ProjectFile, stack: string, { config, secretKeys }: ResolvedConfig): void {
    const missing: string[] = [];
    for (const [name, declaration] of Object.entries(project.config).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const key = fullKey(project.name, name);
        const declared = (declaration.default ?? declaration.value) as ConfigValue | undefined;
        const text = config.get(key);
        if (text !== undefined) {
            assertMatches(stack, name, declaration, text, secretKeys.has(key));
        } else if (declared !== undefined) {
            config.set(key, textOf(declared));
        } else if (key.startsWith(`${project.name}:`)) {
            missing.push(`'${name}'`);
        }
    }
    if (missing.length > 0) {
        const keys =
            missing.length === 1
                ? `value ${missing[0] ?? ""}`
                : `values ${missing.slice(0, -1).join(", ")} and ${missing.at(-1) ?? ""}`;
        throw new UserError(
            `stack '${stack}' is missing configuration ${keys}. Set it in the stack's settings file or with --config KEY=VALUE.`,
        );
    }
}

const TYPE_CHECKS: Record<string, (value: unknown) => boolean> = {
    string: (value) => typeof value !== "object",
    integer: (value) => Number.isInteger(value),
    number: (value) => typeof value === "number",
    boolean: (value) => typeof value === "boolean",
    array: (value) => Array.isArray(value),
    object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** Checks a configured value against its declaration. */
function assertMatches(
    stack: string,
    key: string,
    { type, secret }: ConfigDeclaration,
    text: string,
    isSecret: boolean,
): void {
    if (secret && !isSecret) {
        throw new UserError(
            `stack '${stack}' with configuration key '${key}' must be encrypted as it's secret. Set it with \`${commandLine(`config set --secret ${key}`)}\`.`,
        );
    }
    if (type !== undefined && type !== "string" && !TYPE_CHECKS[type]?.(parseValue(text))) {
        throw new UserError(`stack '${stack}' with configuration key '${key}' must be of type '${type}'.`);
    }
}

function parseValue(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}
