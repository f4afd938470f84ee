/** Reads and writes a stack's state in Pulumi's checkpoint format: version 3, or 4 if a resource needs a newer feature. */
import { errorMessage } from "../../common/errorMessage";
import { UserError } from "../model/userError";
import type { PendingOperation, ResourceState, Snapshot } from "../model/types";
import { decodeMap, decodeValue, encodeText, type Decrypt, type Encrypt } from "../model/propertyText";
import { encodeResource, locationOf } from "../model/resourceText";
import { ResourceBytes } from "./resourceBytes";

/** The part of a checkpoint that `stack export` calls the deployment, as stored on disk. */
export interface StoredDeployment {
    manifest?: { time?: string; magic?: string; version?: string };
    secrets_providers?: { type: string; state?: { salt?: string } };
    resources?: ResourceState[];
    pending_operations?: PendingOperation[];
    metadata?: Record<string, unknown>;
    snippets?: unknown[];
    extensions?: Record<string, unknown>;
}

/** A deployment and its version, as printed by `stack export`. */
export interface VersionedDeployment {
    version: number;
    features?: string[];
    deployment?: StoredDeployment;
}

const VERSION = 3;
/** Written only if a feature is used, so older engines reject state that they would misread. */
const VERSION_WITH_FEATURES = 4;
/** The features that the embedded engine implements. */
const SUPPORTED_FEATURES = ["replaceWith", "taint"];

interface Checkpoint {
    version?: number;
    features?: string[];
    checkpoint?: { latest?: StoredDeployment };
}

/** Parses the contents of the checkpoint `file`. */
export function parseCheckpoint(text: string, file: string): VersionedDeployment {
    return deploymentOf(parseJson(text, `the stack's state in ${file}`) as Checkpoint);
}

/** Parses the output of `stack export`, or a checkpoint such as the backup of a state. */
export function parseImport(text: string, source: string): VersionedDeployment {
    const parsed = parseJson(text, `the state from ${source}`) as Partial<Checkpoint & VersionedDeployment> | null;
    const imported = parsed?.checkpoint === undefined ? parsed : deploymentOf(parsed);
    const resources = imported?.deployment?.resources ?? [];
    if (typeof imported?.version !== "number" || !Array.isArray(resources) || resources.includes(null as never)) {
        throw new UserError(
            `the JSON from ${source} is not the state of a stack. Pass a file that \`stack export\` has written, or a .bak file of the backend.`,
        );
    }
    return { ...imported, version: imported.version };
}

function parseJson(text: string, subject: string): unknown {
    try {
        return JSON.parse(text);
    } catch (error) {
        throw new UserError(`${subject} is not valid JSON: ${errorMessage(error)}.`);
    }
}

function deploymentOf(stored: Checkpoint): VersionedDeployment {
    const version = stored.version ?? 0;
    // A new stack has version 0 and no deployment.
    if (version === 0 && stored.checkpoint?.latest === undefined) {
        return { version: VERSION };
    }
    const deployment = stored.checkpoint?.latest;
    return { version, ...(stored.features && { features: stored.features }), ...(deployment && { deployment }) };
}

/** Rejects state that only the `pulumi` command can deploy, and names the reason. */
export function assertSupported({ version, features = [], deployment }: VersionedDeployment): void {
    if (version < VERSION || version > VERSION_WITH_FEATURES) {
        throw new UserError(
            `the stack's state has version ${version} of Pulumi's checkpoint format, but the embedded engine supports only versions 3 and 4. Use the pulumi command for this stack.`,
        );
    }
    const unsupported = features.filter((feature) => !SUPPORTED_FEATURES.includes(feature));
    if (unsupported.length > 0) {
        throw new UserError(
            `the stack's state uses ${unsupported.join(", ")}, which the embedded engine does not support. Use the pulumi command for this stack.`,
        );
    }
    const provider = deployment?.secrets_providers?.type;
    if (provider !== undefined && provider !== "passphrase") {
        throw new UserError(
            `the stack's secrets provider is "${provider}", but the embedded engine supports only "passphrase". Use the pulumi command for this stack.`,
        );
    }
}

/** Reads the snapshot in a stored deployment, and decrypts its secrets. */
export function decodeSnapshot(deployment: StoredDeployment | undefined, decrypt: Decrypt): Snapshot {
    return {
        resources: (deployment?.resources ?? []).map((state) => decodeResource(state, decrypt)),
        pendingOperations: (deployment?.pending_operations ?? []).map(({ resource, type }) => ({
            resource: decodeResource(resource, decrypt),
            type,
        })),
    };
}

function decodeResource(state: ResourceState, decrypt: Decrypt): ResourceState {
    const location = locationOf(state);
    return {
        ...state,
        ...(state.inputs && { inputs: decodeMap(state.inputs, `${location} inputs`, decrypt) }),
        ...(state.outputs && { outputs: decodeMap(state.outputs, `${location} outputs`, decrypt) }),
        ...(state.replacementTrigger !== undefined && {
            replacementTrigger: decodeValue(state.replacementTrigger, `${location} replacementTrigger`, decrypt),
        }),
    };
}

/**
 * Formats the snapshots of one stack. States are never changed in place, so a save encodes only those that changed, and
 * otherwise copies bytes.
 */
export class CheckpointWriter {
    readonly #stack: string;
    readonly #salt: string;
    readonly #resources: ResourceBytes;

    constructor(
        /** `organization/PROJECT/STACK`. */
        stack: string,
        salt: string,
        encrypt: Encrypt,
    ) {
        this.#stack = stack;
        this.#salt = salt;
        this.#resources = new ResourceBytes((state) => encodeResource(state, encrypt));
    }

    /** The contents of the checkpoint file. */
    checkpoint(snapshot: Snapshot): string {
        return Buffer.concat(this.parts(snapshot)).toString();
    }

    /** The contents of the checkpoint file in parts, which are valid until the next call. */
    parts(snapshot: Snapshot): readonly Buffer[] {
        const { resources, pendingOperations } = snapshot;
        const features = featuresOf(snapshot);
        const version =
            features.length > 0
                ? `"version":${VERSION_WITH_FEATURES},"features":${JSON.stringify(features)}`
                : `"version":${VERSION}`;
        const secretsProviders = JSON.stringify({ type: "passphrase", state: { salt: this.#salt } });
        const head = `{${version},"checkpoint":{"stack":${encodeText(this.#stack)},"latest":{"manifest":{"time":"${new Date().toISOString()}","magic":"","version":""},"secrets_providers":${secretsProviders}`;
        const operations = pendingOperations.map(
            ({ resource, type }) => `{"resource":${this.#resources.bytesOf(resource).toString()},"type":"${type}"}`,
        );
        const pending = operations.length > 0 ? `,"pending_operations":[${operations.join(",")}]` : "";
        const tail = `${pending},"metadata":{}}}}`;
        // Few parts, because each is a write.
        return resources.length > 0
            ? [Buffer.from(`${head},"resources":[`), this.#resources.join(resources), Buffer.from(`]${tail}`)]
            : [Buffer.from(head + tail)];
    }
}

function featuresOf({ resources }: Snapshot): string[] {
    return [
        ...(resources.some(({ replaceWith }) => replaceWith?.length) ? ["replaceWith"] : []),
        ...(resources.some(({ taint }) => taint) ? ["taint"] : []),
    ];
}
