/** A resource's state as the JSON text of a checkpoint. */
import { encodeValue, type Encrypt } from "./propertyText";
import type { PropertyValue, ResourceState } from "./types";

/** Identifies an entry of the state. An entry to be deleted shares its URN with its replacement, so its id is added. */
export function locationOf(state: ResourceState): string {
    return state.delete ? `${state.urn} ${state.id ?? ""}` : state.urn;
}

/** A resource's keys in Pulumi's order. */
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
    "taint",
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

/** Formats one resource. Empty values are omitted, as Pulumi omits them. */
export function encodeResource(state: ResourceState, encrypt: Encrypt): string {
    const location = locationOf(state);
    const properties: string[] = [];
    for (const key of KEYS) {
        const value = state[key];
        if (value === undefined || (!ALWAYS_WRITTEN.includes(key) && isEmpty(value))) {
            continue;
        }
        properties.push(
            `"${key}":${PROPERTIES.includes(key) ? encodeValue(value as PropertyValue, `${location} ${key}`, encrypt) : JSON.stringify(value)}`,
        );
    }
    return `{${properties.join(",")}}`;
}

function isEmpty(value: unknown): boolean {
    return (
        value === null ||
        value === false ||
        value === "" ||
        (typeof value === "object" && Object.keys(value).length === 0)
    );
}
