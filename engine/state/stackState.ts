/** The state of one stack on the file backend. */
import { existsSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { errorMessage } from "../../common/errorMessage";
import type { SnapshotStore } from "../model/request";
import type { Snapshot } from "../model/types";
import { UserError } from "../model/userError";
import { fullName, type FileBackend, type StackReference } from "./backend";
import {
    assertSupported,
    CheckpointWriter,
    decodeSnapshot,
    parseCheckpoint,
    type VersionedDeployment,
} from "./checkpoint";
import { backupAdvice, damagedBySave } from "./damage";
import { copyAtomically, removeWithAttributes, SavedFile, writeDurably } from "./files";
import { IntegrityCheck } from "./integrityCheck";
import { stackNotFound } from "./knownStacks";
import { openCrypter, type Crypter } from "./passphrase";
import { StateSecrets } from "./secrets";

/** Reads the stored deployment. Its secrets remain encrypted. */
export async function readDeployment(backend: FileBackend, stack: StackReference): Promise<VersionedDeployment> {
    if (!backend.hasStack(stack)) {
        throw stackNotFound(backend, stack);
    }
    const file = backend.checkpointFile(stack);
    const text = await readFile(file, "utf8");
    try {
        return parseCheckpoint(text, file);
    } catch (error) {
        throw new UserError([errorMessage(error), ...(await backupAdvice(backend, stack))].join(" "));
    }
}

/** The salt that the state's secrets were encrypted with. */
export function saltOf(stored: VersionedDeployment): string | undefined {
    return stored.deployment?.secrets_providers?.state?.salt;
}

export class StackState implements SnapshotStore {
    readonly #backend: FileBackend;
    readonly #stack: StackReference;
    readonly #salt: string;
    readonly #writer: CheckpointWriter;
    readonly #file: SavedFile;
    readonly #integrity = new IntegrityCheck();

    private constructor(
        backend: FileBackend,
        stack: StackReference,
        readonly snapshot: Snapshot,
        salt: string,
        secrets: StateSecrets,
    ) {
        this.#backend = backend;
        this.#stack = stack;
        this.#salt = salt;
        this.#writer = new CheckpointWriter(fullName(stack), salt, secrets.encrypt);
        this.#file = new SavedFile(backend.checkpointFile(stack), backend.backupFile(stack));
    }

    /** Reads the state. It is saved with `crypter`, even if it was encrypted with another salt. */
    static async open(
        backend: FileBackend,
        stack: StackReference,
        stored: VersionedDeployment,
        crypter: Crypter,
        passphrase: string,
    ): Promise<StackState> {
        assertSupported(stored);
        const secrets = new StateSecrets(crypter);
        const salt = saltOf(stored);
        const reader =
            salt === undefined || salt === crypter.salt
                ? secrets
                : new StateSecrets(await openCrypter(stack.name, passphrase, salt));
        return new StackState(backend, stack, decodeSnapshot(stored.deployment, reader.decrypt), crypter.salt, secrets);
    }

    /** The output of `stack export --show-secrets`. */
    plainDeployment(): VersionedDeployment {
        const writer = new CheckpointWriter(fullName(this.#stack), this.#salt, (plaintext) => ({ plaintext }));
        return parseCheckpoint(writer.checkpoint(this.snapshot), this.#backend.checkpointFile(this.#stack));
    }

    /** Like {@link write}. Throws if the state is damaged, but saves it first, so nothing is lost. */
    async save(snapshot: Snapshot): Promise<void> {
        await this.write(snapshot);
        const defects = this.#integrity.findDefects(snapshot.resources);
        if (defects.length > 0) throw damagedBySave(defects, snapshot.resources, this.#stack);
    }

    /** Resolves when the snapshot is on disk. The previous state is kept next to it as `.bak`. */
    async write(snapshot: Snapshot): Promise<void> {
        const file = this.#backend.checkpointFile(this.#stack);
        try {
            await this.#file.save(this.#writer.parts(snapshot));
        } catch (error) {
            throw new UserError(
                `the state could not be saved in ${file}: ${errorMessage(error)}. Operations in progress were completed, and no others were started. Make sure that the file is writable and the disk has space, then run the command again: it reports the operations whose outcome is unknown.`,
            );
        }
    }
}

/** Creates an empty stack. */
export async function createStack(backend: FileBackend, stack: StackReference, crypter: Crypter): Promise<void> {
    await backend.ensureLayout();
    const writer = new CheckpointWriter(fullName(stack), crypter.salt, new StateSecrets(crypter).encrypt);
    await writeDurably(backend.checkpointFile(stack), writer.checkpoint({ resources: [], pendingOperations: [] }));
}

/** Removes the stack and its history. As with Pulumi, a backup of the state remains as `.bak`. */
export async function removeStack(backend: FileBackend, stack: StackReference): Promise<void> {
    const file = backend.checkpointFile(stack);
    await copyAtomically(file, backend.backupFile(stack));
    await removeWithAttributes(file);
    const history = backend.path("history", stack.project, stack.name);
    for (const entry of existsSync(history) ? await readdir(history) : []) {
        await rm(join(history, entry), { force: true });
    }
}
