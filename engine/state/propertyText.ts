/** Property values to and from the JSON text of a checkpoint, in which secrets are encrypted. */
import { UserError } from "../model/userError";
import { SECRET, SIGNATURE, type PropertyMap, type PropertyValue } from "../model/types";

/** Seals the JSON text of the secret that stands at `place`; what it answers is the rest of the secret's object. */
export type Encrypt = (plaintext: string, place: string) => { ciphertext: string } | { plaintext: string };
/** The JSON text of the secret that stands at `place`, from its `ciphertext`. */
export type Decrypt = (ciphertext: string, place: string) => string;

/** The signature of a reference to a resource, and what it always has in a checkpoint. */
const RESOURCE_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e";

/** The text of a value at `place`, as Go's JSON encoder writes it: keys sorted, and U+2028 and U+2029 escaped. */
export function encodeValue(value: PropertyValue, place: string, seal: Encrypt): string {
    if (typeof value === "string") {
        return encodeText(value);
    }
    if (value === null || typeof value !== "object") {
        return JSON.stringify(value);
    }
    if (Array.isArray(value)) {
        return `[${value.map((item, index) => encodeValue(item, `${place}[${index}]`, seal)).join(",")}]`;
    }
    if (value[SIGNATURE] === SECRET) {
        return encodeSecret(value.value ?? null, place, seal);
    }
    return encodeMap(value[SIGNATURE] === RESOURCE_REFERENCE ? { packageVersion: "", ...value } : value, place, seal);
}

/** The same for a map, without a look at its signature. */
function encodeMap(map: PropertyMap, place: string, seal: Encrypt): string {
    const fields = Object.keys(map)
        .sort()
        .map((key) => `${encodeText(key)}:${encodeValue(map[key] ?? null, `${place}.${key}`, seal)}`);
    return `{${fields.join(",")}}`;
}

/** The text of a value as Pulumi writes it within secrets and config: what HTML gives a meaning is escaped too. */
export function encodeEscaped(value: PropertyValue): string {
    return encodeValue(value, "", identity).replace(
        /[<>&]/g,
        (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
    );
}

export function encodeText(text: string): string {
    return JSON.stringify(text).replace(/[\u2028\u2029]/g, (character) =>
        character === "\u2028" ? "\\u2028" : "\\u2029",
    );
}

/** The value that a checkpoint holds at `place`, its secrets opened and wrapped as on the wire. */
export function decodeValue(value: PropertyValue, place: string, unseal: Decrypt): PropertyValue {
    if (value === null || typeof value !== "object") {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map((item, index) => decodeValue(item, `${place}[${index}]`, unseal));
    }
    return value[SIGNATURE] === SECRET ? decodeSecret(value, place, unseal) : decodeMap(value, place, unseal);
}

/** The same for a map, without a look at its signature. */
export function decodeMap(map: PropertyMap, place: string, unseal: Decrypt): PropertyMap {
    return Object.fromEntries(
        Object.entries(map).map(([key, value]) => [key, decodeValue(value, `${place}.${key}`, unseal)]),
    );
}

/** A secret within a secret is not encrypted again: its `ciphertext` is its plain text. */
const identity: Encrypt = (plaintext) => ({ ciphertext: plaintext });
const identityDecrypt: Decrypt = (ciphertext) => ciphertext;

function encodeSecret(value: PropertyValue, place: string, seal: Encrypt): string {
    return `{"${SIGNATURE}":"${SECRET}",${JSON.stringify(seal(encodeEscaped(value), place)).slice(1)}`;
}

function decodeSecret(secret: PropertyMap, place: string, unseal: Decrypt): PropertyValue {
    const plaintext = typeof secret.ciphertext === "string" ? unseal(secret.ciphertext, place) : secret.plaintext;
    if (typeof plaintext !== "string") {
        throw new UserError(
            `The stack's state has a malformed secret at ${place}: it must have either \`ciphertext\` or \`plaintext\`.`,
        );
    }
    return { [SIGNATURE]: SECRET, value: decodeValue(JSON.parse(plaintext) as PropertyValue, place, identityDecrypt) };
}
