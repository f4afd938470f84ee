/** Property values, resource states and snapshots, in the JSON form of Pulumi's state. */

/** Any JSON value. Secrets, assets and references are objects with the key {@link SIGNATURE}. */
export type PropertyValue = null | boolean | number | string | PropertyValue[] | PropertyMap;
export interface PropertyMap {
    [key: string]: PropertyValue;
}

/** The key that marks an object as a special value in Pulumi's wire format and state. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** `{ [SIGNATURE]: SECRET, value }` in memory and on the wire; the state on disk has `ciphertext` instead of `value`. */
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
export const ASSET = "c44067f5952c0a294b673a41bacd8c17";
export const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
export const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";
/** An output with its dependencies; current SDKs send plain values instead. */
export const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** Represents an unknown value on the wire. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** One entry of `resources` in Pulumi's checkpoint format, version 3. */
export interface ResourceState {
    urn: string;
    custom: boolean;
    delete?: boolean;
    id?: string;
    type: string;
    inputs?: PropertyMap;
    outputs?: PropertyMap;
    parent?: string;
    protect?: boolean;
    /** The next deployment replaces the resource. */
    taint?: boolean;
    external?: boolean;
    dependencies?: string[];
    initErrors?: string[];
    /** `URN::ID` of the provider resource. */
    provider?: string;
    propertyDependencies?: Record<string, string[] | null>;
    pendingReplacement?: boolean;
    additionalSecretOutputs?: string[];
    aliases?: string[];
    /** In seconds. */
    customTimeouts?: { create?: number; update?: number; delete?: number };
    importID?: string;
    retainOnDelete?: boolean;
    deletedWith?: string;
    replaceWith?: string[];
    replacementTrigger?: PropertyValue;
    ignoreChanges?: string[];
    replaceOnChanges?: string[];
    hideDiff?: string[];
    created?: string;
    modified?: string;
    sourcePosition?: string;
    stackTrace?: unknown[];
}

export type PendingOperationType = "creating" | "updating" | "deleting" | "reading" | "importing";
export interface PendingOperation {
    resource: ResourceState;
    type: PendingOperationType;
}

/** The state of a stack in memory: secrets are in plain text, wrapped as on the wire. */
export interface Snapshot {
    resources: ResourceState[];
    pendingOperations: PendingOperation[];
}
