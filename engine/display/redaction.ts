/** Keeps secrets out of everything that is shown. */
import { SECRET, SIGNATURE, type PropertyMap, type PropertyValue, type ResourceState } from "../model/types";

const REDACTED = "[secret]";
/** Shorter ones would make holes in ordinary words. */
const SHORTEST = 3;

/** Takes the given secrets out of a text, wherever a program or a provider may have put them. */
export function redactText(secrets: Iterable<string>): (text: string) => string {
    const hidden = [...secrets].filter((secret) => secret.length >= SHORTEST).sort((a, b) => b.length - a.length);
    return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, REDACTED), text);
}

/** The value with `replacement` in the place of every secret. */
export function redactValue(value: PropertyValue, replacement: PropertyValue = REDACTED): PropertyValue {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => redactValue(item, replacement));
    }
    return value[SIGNATURE] === SECRET ? replacement : redactMap(value, replacement);
}

function redactMap(map: PropertyMap, replacement: PropertyValue): PropertyMap {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, redactValue(value, replacement)]));
}

export function redactResource(state: ResourceState, replacement?: PropertyValue): ResourceState {
    return {
        ...state,
        ...(state.inputs && { inputs: redactMap(state.inputs, replacement ?? REDACTED) }),
        ...(state.outputs && { outputs: redactMap(state.outputs, replacement ?? REDACTED) }),
        ...(state.replacementTrigger !== undefined && {
            replacementTrigger: redactValue(state.replacementTrigger, replacement),
        }),
    };
}
