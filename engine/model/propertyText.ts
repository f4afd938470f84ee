/** Property values as the JSON text of a checkpoint, in which secrets are encrypted. */
import { SECRET, RESOURCE_REFERENCE, SIGNATURE, type PropertyMap, type PropertyValue } from "./types";
import { UserError } from "./userError";

/** Encrypts the JSON text of the secret at `location`, and returns the remaining properties of the secret's object. */
export type Encrypt = (plaintext: string, location: string) => { ciphertext: string } | { plaintext: string };
/** Returns the JSON text of the secret at `location`, given its `ciphertext`. */
export type Decrypt = (ciphertext: string, location: string) => string;

/** Formats a value as Go's JSON encoder does: keys sorted, U+2028 and U+2029 escaped. */
export function encodeValue(value: PropertyValue, location: string, encrypt: Encrypt): string {
    if (typeof value === "string") {
        return encodeText(value);
    }
    if (value === null || typeof value !== "object") {
        return JSON.stringify(value);
    }
    if (Array.isArray(value)) {
        return `[${value.map((item, index) => encodeValue(item, `${location}[${index}]`, encrypt)).join(",")}]`;
    }
    switch (value[SIGNATURE]) {
        case SECRET:
            return encodeSecret(value.value ?? null, location, encrypt);
        case RESOURCE_REFERENCE:
            return encodeMap({ packageVersion: "", ...value }, location, encrypt);
        default:
            return encodeMap(value, location, encrypt);
    }
}

function encodeMap(map: PropertyMap, location: string, encrypt: Encrypt): string {
    const properties = Object.keys(map)
        .sort()
        .map((key) => `${encodeText(key)}:${encodeValue(map[key] ?? null, `${location}.${key}`, encrypt)}`);
    return `{${properties.join(",")}}`;
}

/** Formats a value as Pulumi does inside secrets and config, where the special characters of HTML are escaped too. */
export function encodeEscaped(value: PropertyValue): string {
    return encodeValue(value, "", unencrypted).replace(
        /[<>&]/g,
        (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
    );
}

export function encodeText(text: string): string {
    return JSON.stringify(text).replace(/[\u2028\u2029]/g, (character) =>
        character === "\u2028" ? "\\u2028" : "\\u2029",
    );
}

function encodeSecret(value: PropertyValue, location: string, encrypt: Encrypt): string {
    return `{"${SIGNATURE}":"${SECRET}",${JSON.stringify(encrypt(encodeEscaped(value), location)).slice(1)}`;
}

/** Reads the value at `location` in a checkpoint. Its secrets are decrypted, and wrapped as on the wire. */
export function decodeValue(value: PropertyValue, location: string, decrypt: Decrypt): PropertyValue {
    if (value === null || typeof value !== "object") {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item, index) => decodeValue(item, `${location}[${index}]`, decrypt));
    }
    return value[SIGNATURE] === SECRET ? decodeSecret(value, location, decrypt) : decodeMap(value, location, decrypt);
}

/** Like {@link decodeValue}, for a map that has no signature of its own. */
export function decodeMap(map: PropertyMap, location: string, decrypt: Decrypt): PropertyMap {
    return Object.fromEntries(
        Object.entries(map).map(([key, value]) => [key, decodeValue(value, `${location}.${key}`, decrypt)]),
    );
}

function decodeSecret(secret: PropertyMap, location: string, decrypt: Decrypt): PropertyValue {
    const plaintext = typeof secret.ciphertext === "string" ? decrypt(secret.ciphertext, location) : secret.plaintext;
    if (typeof plaintext !== "string") {
        throw new UserError(
            `the stack's state has a malformed secret at ${location}: it must have either \`ciphertext\` or \`plaintext\`.`,
        );
    }
    return { [SIGNATURE]: SECRET, value: decodeValue(JSON.parse(plaintext) as PropertyValue, location, identity) };
}

/** A secret inside a secret is not encrypted again: its `ciphertext` is its plain text. */
const identity = (text: string): string => text;
const unencrypted: Encrypt = (plaintext) => ({ ciphertext: plaintext });
