/** A stack's state as text: Pulumi's checkpoint, version 3 (4 where a resource uses a newer feature). */
import { UserError } from "../model/userError";
import type { PendingOperation, PropertyValue, ResourceState, Snapshot } from "../model/types";
import { decodeMap, decodeValue, encodeText, encodeValue, type Encrypt, type Decrypt } from "./propertyText";

/** The part of a checkpoint that `stack export` calls the deployment, as it is on disk. */
export interface StoredDeployment {
    manifest?: { time?: string; magic?: string; version?: string };
    secrets_providers?: { type: string; state?: { salt?: string } };
    resources?: ResourceState[];
    pending_operations?: PendingOperation[];
    metadata?: Record<string, unknown>;
    snippets?: unknown[];
    extensions?: Record<string, unknown>;
}

/** A deployment with its version, as `stack export` prints it. */
export interface VersionedDeployment {
    version: number;
    features?: string[];
    deployment?: StoredDeployment;
}

const VERSION = 3;
/** Written only with features, so that older engines refuse what they would not understand. */
const VERSION_WITH_FEATURES = 4;
/** The features that the embedded engine knows how to carry out. */
const SUPPORTED_FEATURES = ["replaceWith"];

/** What is in the checkpoint file `file`. */
export function parseCheckpoint(text: string, file: string): VersionedDeployment {
    let stored: { version?: number; features?: string[]; checkpoint?: { latest?: StoredDeployment } };
    try {
        stored = JSON.parse(text) as typeof stored;
    } catch (error) {
        throw new UserError(
            `The stack's state in ${file} is not valid JSON (${(error as Error).message}). The state before the last change is in ${file}.bak.`,
        );
    }
    const version = stored.version ?? 0;
    // A stack that was just made has version 0 and nothing in it.
    if (version === 0 && stored.checkpoint?.latest === undefined) {
        return { version: VERSION };
    }
    const deployment = stored.checkpoint?.latest;
    return { version, ...(stored.features && { features: stored.features }), ...(deployment && { deployment }) };
}

/** Refuses by name what only the `pulumi` command can deploy. */
export function refuseUnsupported({ version, features = [], deployment }: VersionedDeployment): void {
    if (version < VERSION || version > VERSION_WITH_FEATURES) {
        throw new UserError(
            `The stack's state has version ${version} of Pulumi's checkpoint format; the embedded engine knows 3 and 4. Use the pulumi command for this stack.`,
        );
    }
    const unsupported = features.filter((feature) => !SUPPORTED_FEATURES.includes(feature));
    if (unsupported.length > 0) {
        throw new UserError(
            `The stack's state uses ${unsupported.join(", ")}, which the embedded engine does not support. Use the pulumi command for this stack.`,
        );
    }
    const provider = deployment?.secrets_providers?.type;
    if (provider !== undefined && provider !== "passphrase") {
        throw new UserError(
            `The stack's secrets provider is "${provider}"; the embedded engine supports "passphrase" alone. Use the pulumi command for this stack.`,
        );
    }
}

/** The snapshot that a deployment on disk holds, with its secrets opened. */
export function decodeSnapshot(deployment: StoredDeployment | undefined, unseal: Decrypt): Snapshot {
    return {
        resources: (deployment?.resources ?? []).map((state) => decodeResource(state, unseal)),
        pendingOperations: (deployment?.pending_operations ?? []).map(({ resource, type }) => ({
            resource: decodeResource(resource, unseal),
            type,
        })),
    };
}

function decodeResource(state: ResourceState, unseal: Decrypt): ResourceState {
    const place = placeOf(state);
    return {
        ...state,
        ...(state.inputs && { inputs: decodeMap(state.inputs, `${place} inputs`, unseal) }),
        ...(state.outputs && { outputs: decodeMap(state.outputs, `${place} outputs`, unseal) }),
        ...(state.replacementTrigger !== undefined && {
            replacementTrigger: decodeValue(state.replacementTrigger, `${place} replacementTrigger`, unseal),
        }),
    };
}

/** What tells a resource's secrets from all others: an entry that waits for its deletion has the URN of the one that replaces it. */
function placeOf(state: ResourceState): string {
    return state.delete ? `${state.urn} ${state.id ?? ""}` : state.urn;
}

/** Writes snapshots of one stack. It keeps the text of every resource, which is never changed in place, so that a save costs what changed. */
export class CheckpointWriter {
    readonly #stack: string;
    readonly #salt: string;
    readonly #seal: Encrypt;
    readonly #texts = new WeakMap<ResourceState, string>();

    constructor(
        /** `organization/PROJECT/STACK`. */
        stack: string,
        salt: string,
        seal: Encrypt,
    ) {
        this.#stack = stack;
        this.#salt = salt;
        this.#seal = seal;
    }

    /** The whole checkpoint file. */
    checkpoint(snapshot: Snapshot): string {
        const features = snapshot.resources.some((state) => state.replaceWith?.length)
            ? ',"features":["replaceWith"]'
            : "";
        return `{"version":${features ? VERSION_WITH_FEATURES : VERSION}${features},"checkpoint":{"stack":${encodeText(this.#stack)},"latest":${this.#deployment(snapshot)}}}`;
    }

    #deployment({ resources, pendingOperations }: Snapshot): string {
        const secretsProviders = JSON.stringify({ type: "passphrase", state: { salt: this.#salt } });
        const parts = [
            `"manifest":{"time":"${new Date().toISOString()}","magic":"","version":""}`,
            `"secrets_providers":${secretsProviders}`,
        ];
        if (resources.length > 0) {
            parts.push(`"resources":[${resources.map((state) => this.#resource(state)).join(",")}]`);
        }
        if (pendingOperations.length > 0) {
            parts.push(
                `"pending_operations":[${pendingOperations.map(({ resource, type }) => `{"resource":${this.#resource(resource)},"type":"${type}"}`).join(",")}]`,
            );
        }
        return `{${parts.join(",")},"metadata":{}}`;
    }

    #resource(state: ResourceState): string {
        let text = this.#texts.get(state);
        if (text === undefined) {
            text = encodeResource(state, this.#seal);
            this.#texts.set(state, text);
        }
        return text;
    }
}

/** The keys of a resource in the order in which Pulumi writes them. */
const KEYS: readonly (keyof ResourceState)[] = [
    "urn",
    "custom",
    "delete",
    "id",
    "type",
    "inputs",
    "outputs",
    "parent",
    "protect",
    "external",
    "dependencies",
    "initErrors",
    "provider",
    "propertyDependencies",
    "pendingReplacement",
    "additionalSecretOutputs",
    "aliases",
    "customTimeouts",
    "importID",
    "retainOnDelete",
    "deletedWith",
    "replaceWith",
    "created",
    "modified",
    "sourcePosition",
    "stackTrace",
    "ignoreChanges",
    "hideDiff",
    "replaceOnChanges",
    "replacementTrigger",
];
const ALWAYS_WRITTEN: readonly string[] = ["urn", "custom", "type"];
const PROPERTIES: readonly string[] = ["inputs", "outputs", "propertyDependencies", "replacementTrigger"];

/** The text of one resource; what is empty is left out, as Pulumi does. */
export function encodeResource(state: ResourceState, seal: Encrypt): string {
    const place = placeOf(state);
    const fields: string[] = [];
    for (const key of KEYS) {
        const value = state[key];
        if (value === undefined || (!ALWAYS_WRITTEN.includes(key) && isEmpty(value))) {
            continue;
        }
        fields.push(
            `"${key}":${PROPERTIES.includes(key) ? encodeValue(value as PropertyValue, `${place} ${key}`, seal) : JSON.stringify(value)}`,
        );
    }
    return `{${fields.join(",")}}`;
}

function isEmpty(value: unknown): boolean {
    return (
        value === null ||
        value === false ||
        value === "" ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
