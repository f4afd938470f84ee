/** Pulumi's passphrase secrets provider: AES-256-GCM with a key derived from the passphrase and the stack's salt. */
import { errorMessage } from "../../common/errorMessage";
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { UserError } from "../model/userError";

const PBKDF2_ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The plain text of the last part of a salt, which decrypts only with the right passphrase. */
const CHECK_PLAINTEXT = "pulumi";

export interface Crypter {
    /** `v1:SALT:v1:NONCE:CHECK`: the `encryptionsalt` in the stack's settings, and the salt in its state. */
    readonly salt: string;
    encrypt(plaintext: string): string;
    decrypt(ciphertext: string): string;
}

/** Creates the crypter of the named stack, which has a salt. */
export async function openCrypter(stack: string, passphrase: string, salt: string): Promise<Crypter> {
    const [version, saltBytes, ...check] = salt.split(":");
    if (version !== "v1" || saltBytes === undefined || check.length !== 3) {
        throw new UserError(
            `the encryptionsalt "${salt}" of stack '${stack}' is not in the format of Pulumi's passphrase secrets provider (v1:…). Restore it from a backup of the stack's settings file.`,
        );
    }
    const key = await deriveKey(passphrase, Buffer.from(saltBytes, "base64"));
    const crypter = { salt, encrypt: encryptWith(key), decrypt: decryptWith(key) };
    if (!isCorrect(crypter, check.join(":"))) {
        throw new UserError(
            `incorrect passphrase for stack '${stack}': set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase with which the stack was created.`,
        );
    }
    return crypter;
}

/** Creates the crypter of a new stack, with a random salt. */
export async function newCrypter(passphrase: string): Promise<Crypter> {
    const saltBytes = randomBytes(8);
    const key = await deriveKey(passphrase, saltBytes);
    const encrypt = encryptWith(key);
    return {
        salt: `v1:${saltBytes.toString("base64")}:${encrypt(CHECK_PLAINTEXT)}`,
        encrypt,
        decrypt: decryptWith(key),
    };
}

/** Asks the user. A passphrase that `isNew` protects a stack from now on, so a typo would lock its secrets away. */
export type AskPassphrase = (stack: string, isNew: boolean) => Promise<string>;

let ask: AskPassphrase | undefined;
let answer: Promise<string> | undefined;

/** Lets this process ask, at most once, for the passphrase, if the environment does not contain it. */
export function askForPassphrase(prompt: AskPassphrase): void {
    ask = prompt;
}

/** Reads the passphrase of the named stack from the environment, or asks for it. An empty PULUMI_CONFIG_PASSPHRASE is a valid passphrase. */
export async function readPassphrase(stack: string, env: NodeJS.ProcessEnv, { isNew = false } = {}): Promise<string> {
    if (env.PULUMI_CONFIG_PASSPHRASE !== undefined) {
        return env.PULUMI_CONFIG_PASSPHRASE;
    }
    const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
    if (file) {
        try {
            return readFileSync(file, "utf8").trim();
        } catch (error) {
            throw new UserError(
                `the file ${file} in PULUMI_CONFIG_PASSPHRASE_FILE cannot be read: ${errorMessage(error)}`,
            );
        }
    }
    if (ask !== undefined) return (answer ??= ask(stack, isNew));
    throw new UserError(
        `the passphrase for the secrets of stack '${stack}' is missing. Set PULUMI_CONFIG_PASSPHRASE, or set PULUMI_CONFIG_PASSPHRASE_FILE to a file that contains it.`,
    );
}

function isCorrect(crypter: Crypter, check: string): boolean {
    try {
        return crypter.decrypt(check) === CHECK_PLAINTEXT;
    } catch {
        return false;
    }
}

function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
    return promisify(pbkdf2)(passphrase, salt, PBKDF2_ITERATIONS, KEY_BYTES, "sha256");
}

function encryptWith(key: Buffer): (plaintext: string) => string {
    return (plaintext) => {
        const nonce = randomBytes(NONCE_BYTES);
        const cipher = createCipheriv("aes-256-gcm", key, nonce);
        const encrypted = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
        return `v1:${nonce.toString("base64")}:${encrypted.toString("base64")}`;
    };
}

function decryptWith(key: Buffer): (ciphertext: string) => string {
    return (ciphertext) => {
        const [version, nonce, data, ...rest] = ciphertext.split(":");
        if (version !== "v1" || nonce === undefined || data === undefined || rest.length > 0) {
            throw new UserError(
                "a secret in the stack is not in the format of Pulumi's passphrase secrets provider (v1:NONCE:DATA).",
            );
        }
        const encrypted = Buffer.from(data, "base64");
        const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), {
            authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(encrypted.subarray(encrypted.length - TAG_BYTES));
        return Buffer.concat([
            decipher.update(encrypted.subarray(0, encrypted.length - TAG_BYTES)),
            decipher.final(),
        ]).toString("utf8");
    };
}
