/** Keeps secrets out of everything that is shown. */
import { SECRET, SIGNATURE, type PropertyMap, type PropertyValue, type ResourceState } from "../types";

const BLINDED = "[secret]";
/** Shorter ones would make holes in ordinary words. */
const SHORTEST = 3;

/** Takes the given secrets out of a text, wherever a program or a provider may have put them. */
export function blindText(secrets: Iterable<string>): (text: string) => string {
    const hidden = [...secrets].filter((secret) => secret.length >= SHORTEST).sort((a, b) => b.length - a.length);
    return (text) => hidden.reduce((shown, secret) => shown.replaceAll(secret, BLINDED), text);
}

/** The value with `replacement` in the place of every secret. */
export function blindValue(value: PropertyValue, replacement: PropertyValue = BLINDED): PropertyValue {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item) => blindValue(item, replacement));
    }
    return value[SIGNATURE] === SECRET ? replacement : blindMap(value, replacement);
}

function blindMap(map: PropertyMap, replacement: PropertyValue): PropertyMap {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, blindValue(value, replacement)]));
}

export function blindResource(state: ResourceState, replacement?: PropertyValue): ResourceState {
    return {
        ...state,
        ...(state.inputs && { inputs: blindMap(state.inputs, replacement ?? BLINDED) }),
        ...(state.outputs && { outputs: blindMap(state.outputs, replacement ?? BLINDED) }),
        ...(state.replacementTrigger !== undefined && { replacementTrigger: blindValue(state.replacementTrigger, replacement) }),
    };
}
