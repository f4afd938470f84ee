/** The secrets of one stack's state. A ciphertext stays as it is while the plain text at its place does. */
import { UserError } from "../model/userError";
import type { Crypter } from "./passphrase";
import type { Encrypt, Decrypt } from "./propertyText";

export class StateSecrets {
    readonly #crypter: Crypter;
    readonly #sealed = new Map<string, { plaintext: string; ciphertext: string }>();

    constructor(crypter: Crypter) {
        this.#crypter = crypter;
    }

    readonly seal: Encrypt = (plaintext, place) => {
        const known = this.#sealed.get(place);
        if (known?.plaintext === plaintext) {
            return { ciphertext: known.ciphertext };
        }
        const ciphertext = this.#crypter.encrypt(plaintext);
        this.#sealed.set(place, { plaintext, ciphertext });
        return { ciphertext };
    };

    readonly unseal: Decrypt = (ciphertext, place) => {
        let plaintext: string;
        try {
            plaintext = this.#crypter.decrypt(ciphertext);
        } catch {
            throw new UserError(
                `The secret at ${place} cannot be decrypted: the stack's state is damaged, or was written with another passphrase.`,
            );
        }
        this.#sealed.set(place, { plaintext, ciphertext });
        return plaintext;
    };
}
