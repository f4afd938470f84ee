/** Property values: secrets, unknowns, equality, and the form in which a provider gets them. */

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
export const signatureOf = (value: PropertyValue | undefined): PropertyValue | undefined =>
    isMap(value) ? value[SIGNATURE] : undefined;
export const isSecret = (value: PropertyValue | undefined): boolean => signatureOf(value) === SECRET;
/** An object of the user's own, without a meaning of Pulumi's. */
export const isPlainMap = (value: PropertyValue | undefined): value is PropertyMap =>
    isMap(value) && !(SIGNATURE in value);

/** A secret never holds another one: what it wraps is plain all through. */
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

function some(value: PropertyValue, test: (value: PropertyValue) => boolean): boolean {
    if (test(value)) return true;
    if (Array.isArray(value)) return value.some((item) => some(item, test));
    return isMap(value) && Object.values(value).some((item) => some(item, test));
}
export const containsSecrets = (value: PropertyValue): boolean => some(value, isSecret);
/** What a provider may see of a map whose values are not all known: only in a preview are the unknown ones part of it. */
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
export const containsUnknowns = (value: PropertyValue): boolean => some(value, (item) => item === UNKNOWN);

/** Equal as values; `undefined` equals an empty map, as absent and empty are one in the state. */
export function sameValue(a: PropertyValue | undefined, b: PropertyValue | undefined): boolean {
    if (a === b) return true;
    if (Array.isArray(a) && Array.isArray(b))
        return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
    if (isMap(a) && isMap(b)) {
        const keys = Object.keys(a);
        return keys.length === Object.keys(b).length && keys.every((key) => key in b && sameValue(a[key], b[key]));
    }
    return false;
}

/**
 * The keys at the top whose values differ, secret or not. An asset is what its hash says.
 */
export function changedKeys(old: PropertyMap, news: PropertyMap): string[] {
    const plain = (value: PropertyValue | undefined): PropertyValue | undefined =>
        value === undefined ? undefined : assetsByHash(withoutSecrets(value));
    return [...new Set([...Object.keys(old), ...Object.keys(news)])]
        .sort()
        .filter((key) => !sameValue(plain(old[key]), plain(news[key])));
}

const isAssetOrArchive = (value: PropertyMap): boolean => value[SIGNATURE] === ASSET || value[SIGNATURE] === ARCHIVE;
function assetsByHash(value: PropertyValue): PropertyValue {
    if (Array.isArray(value)) return value.map(assetsByHash);
    if (!isMap(value)) return value;
    if (isAssetOrArchive(value)) return { [SIGNATURE]: value[SIGNATURE] ?? null, hash: value.hash ?? null };
    return mapValues(value, assetsByHash);
}

/**
 * The form for a dynamic provider, which knows neither secrets nor references: secrets in plain text, for a resource its
 * id (a component's URN). With `assets: "hash"` only the hash of an asset goes along, as in everything that is not about to be made.
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
 * What a provider that knows no secrets gave back, with the marks of the inputs put on again: an output is secret if
 * the input of the same key is, or holds a secret anywhere that is not in an object on both sides.
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

/** Assets that a provider echoed by their hash, made whole again from the inputs of the same key. */
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
    if (Array.isArray(output))
        return output.map((item, index) =>
            Array.isArray(source) && source[index] !== undefined ? restoreAsset(item, source[index]) : item,
        );
    if (!isMap(output)) return output;
    // As in Pulumi's state: of an archive that was read back only the hash is left.
    if (output[SIGNATURE] === ARCHIVE)
        return "path" in output || "uri" in output || "assets" in output ? output : { ...output, assets: {} };
    if (!isMap(source)) return output;
    if (output[SIGNATURE] === ASSET) return output.hash === source.hash ? source : output;
    return restoreAssets(output, source);
}
