/** Encrypts and decrypts the secrets of one stack. A secret's ciphertext changes only if its plain text does. */
import { UserError } from "../model/userError";
import type { Crypter } from "./passphrase";
import type { Decrypt, Encrypt } from "../model/propertyText";

export class StateSecrets {
    readonly #crypter: Crypter;
    readonly #known = new Map<string, { plaintext: string; ciphertext: string }>();

    constructor(crypter: Crypter) {
        this.#crypter = crypter;
    }

    readonly encrypt: Encrypt = (plaintext, location) => {
        const known = this.#known.get(location);
        if (known?.plaintext === plaintext) {
            return { ciphertext: known.ciphertext };
        }
        const ciphertext = this.#crypter.encrypt(plaintext);
        this.#known.set(location, { plaintext, ciphertext });
        return { ciphertext };
    };

    readonly decrypt: Decrypt = (ciphertext, location) => {
        let plaintext: string;
        try {
            plaintext = this.#crypter.decrypt(ciphertext);
        } catch {
            throw new UserError(
                `the secret at ${location} cannot be decrypted. The stack's state is damaged, or was encrypted with a different passphrase.`,
            );
        }
        this.#known.set(location, { plaintext, ciphertext });
        return plaintext;
    };
}
