/** `Pulumi.STACK.yaml`: a stack's config and its encryption salt. Everything else in the file is preserved, including comments. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { Document, Pair, isMap, parseDocument } from "yaml";
import { UserError } from "../model/userError";
import { firstLine, type ProjectFile } from "./project";

/** A value in YAML. A secret is `{ secure: CIPHERTEXT }`, at any depth. */
export type ConfigValue = null | boolean | number | string | ConfigValue[] | { [key: string]: ConfigValue };

export class StackSettings {
    readonly #document: Document;
    #changed = false;

    private constructor(
        readonly file: string,
        document: Document,
    ) {
        this.#document = document;
    }

    static load(project: ProjectFile, stack: string): StackSettings {
        const file = join(project.settingsFolder, `Pulumi.${stack}${extname(project.file)}`);
        const document = existsSync(file) ? parseDocument(readFileSync(file, "utf8")) : new Document({});
        const [error] = document.errors;
        if (error !== undefined) {
            throw new UserError(`${file} is not valid YAML: ${firstLine(error)}`);
        }
        document.contents ??= document.createNode({});
        if (
            !isMap(document.contents) ||
            (document.has("config") && !isMap(document.get("config")) && document.get("config") !== null)
        ) {
            throw new UserError(`${file} must contain a stack's settings: \`config\`, with a value for each key.`);
        }
        const settings = new StackSettings(file, document);
        settings.#assertSupported();
        return settings;
    }

    /** Whether the file exists. */
    get exists(): boolean {
        return existsSync(this.file);
    }

    /** Maps every key, with its namespace, to its value in YAML. */
    get config(): Map<string, ConfigValue> {
        const config = (this.#document.toJS() as { config?: Record<string, ConfigValue> | null }).config ?? {};
        return new Map(Object.entries(config).map(([key, value]) => [withoutInfix(key), value]));
    }

    /** Whether reading the config requires the passphrase. */
    get hasSecrets(): boolean {
        return [...this.config.values()].some(containsSecret);
    }

    get encryptionSalt(): string | undefined {
        return this.#document.get("encryptionsalt") as string | undefined;
    }

    setEncryptionSalt(salt: string): void {
        this.#changed = true;
        if (this.#document.has("encryptionsalt") || !isMap(this.#document.contents)) {
            this.#document.set("encryptionsalt", salt);
        } else {
            this.#document.contents.items.unshift(
                new Pair(this.#document.createNode("encryptionsalt"), this.#document.createNode(salt)),
            );
        }
    }

    /** `path` is a key with its namespace, then the path into a structured value. */
    setConfig(path: (string | number)[], value: ConfigValue): void {
        this.#changed = true;
        if (!isMap(this.#document.get("config"))) {
            this.#document.set("config", this.#document.createNode({}));
        }
        // Setting a bare value keeps the comment of the previous one.
        this.#document.setIn(["config", ...path], typeof value === "object" ? this.#document.createNode(value) : value);
    }

    removeConfig(path: (string | number)[]): boolean {
        const removed = isMap(this.#document.get("config")) && this.#document.deleteIn(["config", ...path]);
        this.#changed ||= removed;
        return removed;
    }

    /** Writes the file if anything has changed. */
    save(): void {
        if (this.#changed) {
            const temporary = `${this.file}.${process.pid}.tmp`;
            writeFileSync(temporary, this.#document.toString({ lineWidth: 0 }));
            renameSync(temporary, this.file);
            this.#changed = false;
        }
    }

    #assertSupported(): void {
        const provider = this.#document.get("secretsprovider");
        if ((provider && provider !== "passphrase") || this.#document.has("encryptedkey")) {
            throw new UserError(
                `${this.file} uses the secrets provider "${String(provider)}", but the embedded engine supports only "passphrase". Use the pulumi command for this stack.`,
            );
        }
        if (this.#document.has("environment")) {
            throw new UserError(
                `${this.file} imports a Pulumi environment (\`environment\`), which the embedded engine does not support. Use the pulumi command for this stack.`,
            );
        }
    }
}

/** Whether reading the value requires the passphrase. */
export function containsSecret(value: ConfigValue): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (("secure" in value && Object.keys(value).length === 1) || Object.values(value).some(containsSecret))
    );
}

/** `NAMESPACE:config:KEY` is an older form of `NAMESPACE:KEY`. */
function withoutInfix(key: string): string {
    return key.replace(/^([^:]+):config:/, "$1:");
}
