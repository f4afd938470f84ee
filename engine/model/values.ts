/** Operations on property values: secrets, unknowns, equality, and the form that providers receive. */

import {
    ARCHIVE,
    ASSET,
    type PropertyMap,
    type PropertyValue,
    RESOURCE_REFERENCE,
    SECRET,
    SIGNATURE,
    UNKNOWN,
} from "./types";

export const isMap = (value: PropertyValue | undefined): value is PropertyMap =>
    typeof value === "object" && value !== null && !Array.isArray(value);
const signatureOf = (value: PropertyValue | undefined): PropertyValue | undefined =>
    isMap(value) ? value[SIGNATURE] : undefined;
export const isSecret = (value: PropertyValue | undefined): boolean => signatureOf(value) === SECRET;
/** An object without a special meaning in Pulumi. */
export const isPlainMap = (value: PropertyValue | undefined): value is PropertyMap =>
    isMap(value) && !(SIGNATURE in value);

/** Secrets are never nested, so secrets inside the value are unwrapped. */
export const makeSecret = (value: PropertyValue): PropertyMap => ({
    [SIGNATURE]: SECRET,
    value: withoutSecrets(value),
});

export function withoutSecrets(value: PropertyValue): PropertyValue {
    if (Array.isArray(value)) return value.map(withoutSecrets);
    if (!isMap(value)) return value;
    if (value[SIGNATURE] === SECRET) return withoutSecrets(value.value ?? null);
    return mapValues(value, withoutSecrets);
}

export const mapValues = (map: PropertyMap, change: (value: PropertyValue) => PropertyValue): PropertyMap =>
    Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

function containsValue(value: PropertyValue, test: (value: PropertyValue) => boolean): boolean {
    if (test(value)) return true;
    if (Array.isArray(value)) return value.some((item) => containsValue(item, test));
    return isMap(value) && Object.values(value).some((item) => containsValue(item, test));
}

const containsSecrets = (value: PropertyValue): boolean => containsValue(value, isSecret);

/** Removes unknown values, which a provider receives only in a preview. */
export function withoutUnknowns(map: PropertyMap): PropertyMap {
    const strip = (value: PropertyValue): PropertyValue => {
        if (Array.isArray(value)) return value.filter((item) => item !== UNKNOWN).map(strip);
        return isMap(value) ? withoutUnknowns(value) : value;
    };
    return Object.fromEntries(
        Object.entries(map)
            .filter(([, value]) => value !== UNKNOWN)
            .map(([key, value]) => [key, strip(value)]),
    );
}
export const containsUnknowns = (value: PropertyValue): boolean => containsValue(value, (item) => item === UNKNOWN);

/** Deep equality. */
export function sameValue(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
    if (a === b) return true;
    if (Array.isArray(a) && Array.isArray(b)) {
        return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
    }
    if (isMap(a) && isMap(b)) {
        const keys = Object.keys(a);
        return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key], b[key]));
    }
    return false;
}

const isAssetOrArchive = (value: PropertyMap): boolean => value[SIGNATURE] === ASSET || value[SIGNATURE] === ARCHIVE;
export function assetsByHash(value: PropertyValue): PropertyValue {
    if (Array.isArray(value)) return value.map(assetsByHash);
    if (!isMap(value)) return value;
    if (isAssetOrArchive(value)) return { [SIGNATURE]: value[SIGNATURE] ?? null, hash: value.hash ?? null };
    return mapValues(value, assetsByHash);
}

/**
 * The form for dynamic providers, which support neither secrets nor references: secrets in plain text, and the id of a
 * referenced resource, or the URN of a component. `assets: "hash"` reduces assets to their hashes.
 */
export function forProvider(map: PropertyMap, assets: "whole" | "hash"): PropertyMap {
    const convert = (value: PropertyValue): PropertyValue => {
        if (Array.isArray(value)) return value.map(convert);
        if (!isMap(value)) return value;
        if (value[SIGNATURE] === SECRET) return convert(value.value ?? null);
        if (value[SIGNATURE] === RESOURCE_REFERENCE) {
            if (!("id" in value)) return value.urn ?? null;
            return value.id === "" ? UNKNOWN : (value.id ?? null);
        }
        return mapValues(value, convert);
    };
    const converted = mapValues(map, convert);
    return assets === "whole" ? converted : mapValues(converted, assetsByHash);
}

/**
 * Restores secrets in the outputs of a provider that does not support them: an output is secret if the input of the same key
 * is secret, or contains a secret. Objects on both sides are compared key by key.
 */
export function restoreSecrets(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
    const restored: PropertyMap = { ...outputs };
    for (const [key, input] of Object.entries(inputs)) {
        const output = outputs[key];
        if (output === undefined) continue;
        if (isPlainMap(output) && isPlainMap(input)) restored[key] = restoreSecrets(output, input);
        else if (!isSecret(output) && containsSecrets(input)) restored[key] = makeSecret(output);
    }
    return restored;
}

/** Restores assets that a provider returned as hashes, from the inputs of the same key. */
export function restoreAssets(outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
    const restore = ([key, output]: [string, PropertyValue]): [string, PropertyValue] => [
        key,
        restoreAsset(output, inputs[key] ?? null),
    ];
    return Object.fromEntries(Object.entries(outputs).map(restore));
}
function restoreAsset(output: PropertyValue, input: PropertyValue): PropertyValue {
    if (isSecret(output) && isMap(output)) return makeSecret(restoreAsset(output.value ?? null, withoutSecrets(input)));
    const source = withoutSecrets(input);
    if (Array.isArray(output)) {
        return output.map((item, index) =>
            Array.isArray(source) && source[index] !== undefined ? restoreAsset(item, source[index]) : item,
        );
    }
    if (!isMap(output)) return output;
    // Like Pulumi's state, keeps only the hash of an archive that was read back.
    if (output[SIGNATURE] === ARCHIVE) {
        return "path" in output || "uri" in output || "assets" in output ? output : { ...output, assets: {} };
    }
    if (!isMap(source)) return output;
    if (output[SIGNATURE] === ASSET) return output.hash === source.hash ? source : output;
    return restoreAssets(output, source);
}

/** The number of leading elements that are the same objects in both lists. */
export function commonPrefix<Item>(one: readonly Item[], other: readonly Item[]): number {
    const length = Math.min(one.length, other.length);
    let count = 0;
    while (count < length && one[count] === other[count]) count++;
    return count;
}
