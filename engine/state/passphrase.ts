/** Pulumi's passphrase secrets: AES-256-GCM under a key that PBKDF2 makes from the passphrase and a stack's salt. */
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { UserError } from "../model/userError";

const ROUNDS = 1_000_000;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** What the last part of a salt decrypts to under the right passphrase. */
const CHECK = "pulumi";

export interface Crypter {
    /** `v1:SALT:v1:NONCE:CHECK`, as `encryptionsalt` in the stack's settings and in its state. */
    readonly salt: string;
    encrypt(plaintext: string): string;
    decrypt(ciphertext: string): string;
}

/** The crypter of a stack that has a salt already. */
export async function openCrypter(passphrase: string, salt: string): Promise<Crypter> {
    const [version, saltBytes, ...check] = salt.split(":");
    if (version !== "v1" || saltBytes === undefined || check.length !== 3) {
        throw new UserError(
            `The encryptionsalt "${salt}" is not one that Pulumi's passphrase secrets provider writes (v1:…). Restore it from a backup of the stack's settings file.`,
        );
    }
    const key = await deriveKey(passphrase, Buffer.from(saltBytes, "base64"));
    const crypter = { salt, encrypt: encryptWith(key), decrypt: decryptWith(key) };
    if (!opens(crypter, check.join(":"))) {
        throw new UserError(
            "incorrect passphrase: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE, to the passphrase that the stack was made with.",
        );
    }
    return crypter;
}

/** A crypter with a fresh salt, for a new stack. */
export async function newCrypter(passphrase: string): Promise<Crypter> {
    const saltBytes = randomBytes(8);
    const key = await deriveKey(passphrase, saltBytes);
    const encrypt = encryptWith(key);
    return { salt: `v1:${saltBytes.toString("base64")}:${encrypt(CHECK)}`, encrypt, decrypt: decryptWith(key) };
}

/** The passphrase that the environment gives. An empty one in PULUMI_CONFIG_PASSPHRASE is one too. */
export function readPassphrase(env: NodeJS.ProcessEnv): string {
    if (env.PULUMI_CONFIG_PASSPHRASE !== undefined) {
        return env.PULUMI_CONFIG_PASSPHRASE;
    }
    const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
    if (file) {
        try {
            return readFileSync(file, "utf8").trim();
        } catch (error) {
            throw new UserError(
                `The file ${file} that PULUMI_CONFIG_PASSPHRASE_FILE names cannot be read: ${(error as Error).message}`,
            );
        }
    }
    throw new UserError(
        "The passphrase of the stack's secrets is missing: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.",
    );
}

function opens(crypter: Crypter, check: string): boolean {
    try {
        return crypter.decrypt(check) === CHECK;
    } catch {
        return false;
    }
}

function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
    return promisify(pbkdf2)(passphrase, salt, ROUNDS, KEY_BYTES, "sha256");
}

function encryptWith(key: Buffer): (plaintext: string) => string {
    return (plaintext) => {
        const nonce = randomBytes(NONCE_BYTES);
        const cipher = createCipheriv("aes-256-gcm", key, nonce);
        const sealed = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
        return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
    };
}

function decryptWith(key: Buffer): (ciphertext: string) => string {
    return (ciphertext) => {
        const [version, nonce, data, ...rest] = ciphertext.split(":");
        if (version !== "v1" || nonce === undefined || data === undefined || rest.length > 0) {
            throw new UserError(
                "A secret in the stack is not in the form that Pulumi's passphrase secrets provider writes (v1:NONCE:DATA).",
            );
        }
        const sealed = Buffer.from(data, "base64");
        const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), {
            authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
        return Buffer.concat([
            decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)),
            decipher.final(),
        ]).toString("utf8");
    };
}
