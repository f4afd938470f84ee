/** The state of one stack on the file backend, from when it is opened to when it is closed. */
import { existsSync } from "node:fs";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SnapshotStore } from "../deployment";
import type { Snapshot } from "../model/types";
import { STACK_NOT_FOUND, UserError } from "../model/userError";
import { fullName, type FileBackend, type StackReference } from "./backend";
import {
    CheckpointWriter,
    decodeSnapshot,
    parseCheckpoint,
    refuseUnsupported,
    type VersionedDeployment,
} from "./checkpoint";
import { removeWithAttributes, copyAtomically, writeDurably } from "./files";
import { openCrypter, type Crypter } from "./passphrase";
import { StateSecrets } from "./secrets";

/** What is on disk; secrets are encrypted still. */
export async function readDeployment(backend: FileBackend, stack: StackReference): Promise<VersionedDeployment> {
    if (!backend.hasStack(stack)) {
        throw new UserError(`no stack named '${stack.name}' found`, STACK_NOT_FOUND);
    }
    const file = backend.checkpointFile(stack);
    return parseCheckpoint(await readFile(file, "utf8"), file);
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

        this.#writer = new CheckpointWriter(fullName(stack), salt, secrets.seal);
    }

    /** Reads the state; it is written with `crypter`, whatever it was written with before. */
    static async open(
        backend: FileBackend,
        stack: StackReference,
        stored: VersionedDeployment,
        crypter: Crypter,
        passphrase: string,
    ): Promise<StackState> {
        refuseUnsupported(stored);
        const secrets = new StateSecrets(crypter);
        const salt = saltOf(stored);
        const reader =
            salt === undefined || salt === crypter.salt
                ? secrets
                : new StateSecrets(await openCrypter(passphrase, salt));
        return new StackState(backend, stack, decodeSnapshot(stored.deployment, reader.unseal), crypter.salt, secrets);
    }

    /** What `stack export --show-secrets` prints. */
    plainDeployment(): VersionedDeployment {
        const writer = new CheckpointWriter(fullName(this.#stack), this.#salt, (plaintext) => ({ plaintext }));
        return parseCheckpoint(writer.checkpoint(this.snapshot), this.#backend.checkpointFile(this.#stack));
    }

    /** On disk when it resolves; the state before stays beside it as `.bak`. */
    async save(snapshot: Snapshot): Promise<void> {
        const file = this.#backend.checkpointFile(this.#stack);
        try {
            if (existsSync(file)) {
                await copyAtomically(file, `${file}.bak`);
            }
            await writeDurably(file, this.#writer.checkpoint(snapshot));
        } catch (error) {
            throw new UserError(
                `The state could not be saved in ${file}: ${(error as Error).message}. Nothing more was begun; what was in flight was finished, and the next run tells what it cannot know of that. Make the file writable and the disk roomy, and run the command again.`,
            );
        }
    }
}

/** Makes an empty stack. */
export async function createStack(backend: FileBackend, stack: StackReference, crypter: Crypter): Promise<void> {
    await backend.ensureLayout();
    const writer = new CheckpointWriter(fullName(stack), crypter.salt, new StateSecrets(crypter).seal);
    await writeDurably(backend.checkpointFile(stack), writer.checkpoint({ resources: [], pendingOperations: [] }));
}

/** Removes the stack and its history; a backup of the state stays, as `.bak`, the way Pulumi leaves one. */
export async function removeStack(backend: FileBackend, stack: StackReference): Promise<void> {
    const file = backend.checkpointFile(stack);
    await copyAtomically(file, `${file}.bak`);
    await removeWithAttributes(file);
    const history = backend.path("history", stack.project, stack.name);
    for (const entry of existsSync(history) ? await readdir(history) : []) {
        await rm(join(history, entry), { force: true });
    }
}
