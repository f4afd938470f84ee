/** Which resource of a deployment holds which file, so that no resource deletes or replaces the file of another. */
import type { Account } from "../account";
import { displayName, type CommonInputs } from "../origin";
import { fileId } from "./filePaths";

/** A resource that holds files. */
export interface Holder {
    /** Differs between any two resources of a deployment. */
    key: string;
    /** How messages name it. */
    name: string;
}

export function holderOf(type: string, inputs: CommonInputs): Holder {
    const { urn, parents, name } = inputs.__origin ?? {};
    return { key: urn ?? JSON.stringify([type, parents, name]), name: displayName(type, inputs) };
}

/** The files of a deployment that its current resources hold, whether their content is written yet or not. */
class FileClaims {
    readonly #holders = new Map<string, Holder>();

    /** Claims a file, unless another resource holds it, which is returned. */
    claim(file: string, holder: Holder): Holder | undefined {
        const current = this.#holders.get(file);
        if (current && current.key !== holder.key) return current;
        this.#holders.set(file, holder);
        return undefined;
    }

    /** Gives up a claim of the holder, for a file that it did not write after all. */
    release(file: string, holder: Holder): void {
        if (this.#holders.get(file)?.key === holder.key) this.#holders.delete(file);
    }

    isHeld(file: string): boolean {
        return this.#holders.has(file);
    }
}

const claims = new WeakMap<Account, FileClaims>();

export function claimsOf(account: Account): FileClaims {
    const known = claims.get(account) ?? new FileClaims();
    claims.set(account, known);
    return known;
}

/** The files that the resources of the deployment held before, as their old inputs say. */
const heldBefore = new Set<string>();

/** Notes a file in old inputs. Only `check` gets those in a forced replacement, and it has no account. */
export function recordHeld(contextId: unknown, path: unknown): void {
    if (typeof contextId === "string" && typeof path === "string") heldBefore.add(fileId(contextId, path));
}

/**
 * Whether a resource of the deployment held the file before. Such a file is replaced whatever it contains, just as an update
 * would do it, when its resource is replaced or another one takes it over.
 */
export const wasHeld = (file: string): boolean => heldBefore.has(file);

/** File operations with this key run one after the other, so a claim or a deletion is never half done. */
export const lockOf = (file: string): string => `file ${file}`;
