/** The config that a program gets: the stack's settings, completed and checked by what the project declares. */
import { parsePath } from "../model/propertyPath";
import type { Crypter } from "../state/passphrase";
import { encodeEscaped } from "../state/propertyText";
import type { PropertyValue } from "../model/types";
import { UserError } from "../model/userError";
import type { ConfigDeclaration, ProjectFile } from "./project";
import type { ConfigValue } from "./stackSettings";

export interface ResolvedConfig {
    /** `NAMESPACE:KEY` to text; secrets are in plain text. */
    config: Map<string, string>;
    secretKeys: Set<string>;
    /** The plain text of every secret, wherever in a value it stands. */
    secretTexts: Set<string>;
}

/** A key without a namespace belongs to the project. */
export function fullKey(project: string, key: string): string {
    return key.includes(":") ? key.replace(/^([^:]+):config:/, "$1:") : `${project}:${key}`;
}

/** Where a key stands in the settings; with `structured` it is a path like `servers[0].name`. */
export function configPath(project: string, key: string, structured: boolean): (string | number)[] {
    const full = fullKey(project, key);
    const path = structured ? parsePath(full) : [full];
    if (path === undefined || path.length === 0 || !/^[^:]+:[^:]+$/.test(String(path[0]))) {
        throw new UserError(`"${key}" is not a config key: it must have the form KEY or NAMESPACE:KEY.`);
    }
    return path;
}

/** What stands at a path within a structured value keeps its type, as in the pulumi command. */
export function configValue(text: string, path: (string | number)[]): ConfigValue {
    return path.length > 1 && /^(true|false|0|-?[1-9]\d{0,14})$/.test(text) ? (JSON.parse(text) as ConfigValue) : text;
}

export function resolveConfig(
    project: ProjectFile,
    stack: string,
    settings: ReadonlyMap<string, ConfigValue>,
    crypter: Pick<Crypter, "decrypt">,
): ResolvedConfig {
    const resolved: ResolvedConfig = { config: new Map(), secretKeys: new Set(), secretTexts: new Set() };
    for (const [key, value] of settings) {
        const plain = decrypt(value, (ciphertext) => {
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

/** The value with every `{ secure }` in it opened. */
function decrypt(value: ConfigValue, open: (ciphertext: string) => string): ConfigValue {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => decrypt(item, open));
    }
    if (Object.keys(value).length === 1 && typeof value.secure === "string") {
        return open(value.secure);
    }
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, decrypt(field, open)]));
}

function decryptText(ciphertext: string, key: string, crypter: Pick<Crypter, "decrypt">): string {
    try {
        return crypter.decrypt(ciphertext);
    } catch {
        throw new UserError(
            `The secret config value ${key} cannot be decrypted: it was not made with the stack's own encryptionsalt. Set it again.`,
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
            check(stack, name, declaration, text, secretKeys.has(key));
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
            `Stack '${stack}' is missing configuration ${keys}. Set it in the stack's settings file or with --config KEY=VALUE.`,
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

function check(stack: string, key: string, { type, secret }: ConfigDeclaration, text: string, isSecret: boolean): void {
    if (secret && !isSecret) {
        throw new UserError(`Stack '${stack}' with configuration key '${key}' must be encrypted as it's secret.`);
    }
    if (type !== undefined && type !== "string" && !TYPE_CHECKS[type]?.(parsed(text))) {
        throw new UserError(`Stack '${stack}' with configuration key '${key}' must be of type '${type}'.`);
    }
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}
