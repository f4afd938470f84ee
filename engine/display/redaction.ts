/** Removes secrets from everything that is shown. */
import type { PropertyMap, PropertyValue, ResourceState } from "../model/types";
import { isMap, isSecret, mapValues } from "../model/values";

const REDACTED = "[secret]";
/** Shorter secrets would also match inside ordinary words. */
const MIN_LENGTH = 3;

/** Replaces the given secrets in any text that a program or a provider prints. */
export function redactText(secrets: Iterable<string>): (text: string) => string {
    const longestFirst = [...secrets]
        .filter((secret) => secret.length >= MIN_LENGTH)
        .sort((a, b) => b.length - a.length);
    return (text) => longestFirst.reduce((redacted, secret) => redacted.replaceAll(secret, REDACTED), text);
}

function redactValue(value: PropertyValue, replacement: PropertyValue): PropertyValue {
    if (Array.isArray(value)) return value.map((item) => redactValue(item, replacement));
    if (isSecret(value)) return replacement;
    return isMap(value) ? redactMap(value, replacement) : value;
}

function redactMap(map: PropertyMap, replacement: PropertyValue): PropertyMap {
    return mapValues(map, (value) => redactValue(value, replacement));
}

/** Replaces every secret in a resource's properties. */
export function redactResource(state: ResourceState, replacement: PropertyValue = REDACTED): ResourceState {
    return {
        ...state,
        ...(state.inputs && { inputs: redactMap(state.inputs, replacement) }),
        ...(state.outputs && { outputs: redactMap(state.outputs, replacement) }),
        ...(state.replacementTrigger !== undefined && {
            replacementTrigger: redactValue(state.replacementTrigger, replacement),
        }),
    };
}
