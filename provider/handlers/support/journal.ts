/**
 * Journals, in the user's data folder, of what runs are about to do. What a killed run has done is missing in the state, so
 * the next run recognizes it by the journal.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { z } from "zod";
import { replaceFile } from "../../../common/replaceFile";
import { defaultDataFolder } from "../../agb/localServer";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Entries may contain secrets, so each can be read only by a process that knows its key: the key of the cipher and the name
 * of the file are hashes of it.
 */
export class Journal<Entry> {
    readonly #kind: string;
    readonly #schema: z.ZodType<Entry>;
    readonly #maxAgeMs: number;
    #prepared: { folder: string; done: Promise<void> } | undefined;
    /** The names of files, by folder: those at the first look, and what this process has added. */
    readonly #names = new Map<string, Promise<Set<string>>>();

    /** Entries of one kind share a folder, which must not be one of the local AGB. Those older than `maxAgeMs` are removed. */
    constructor(kind: string, schema: z.ZodType<Entry>, maxAgeMs: number) {
        this.#kind = kind;
        this.#schema = schema;
        this.#maxAgeMs = maxAgeMs;
    }

    get folder(): string {
        return join(defaultDataFolder(), this.#kind);
    }

    /** Adds an entry, or replaces the one with the same key. It is on disk when this returns. */
    async record(key: string, entry: Entry): Promise<void> {
        await this.#prepare();
        const file = this.#fileOf(key);
        (await this.#namesIn(this.folder)).add(basename(file));
        await replaceFile(file, encrypt(JSON.stringify(entry), key));
    }

    /** Whether there may be an entry: a quick answer for many keys, which does not see what other processes add meanwhile. */
    async mayHave(key: string): Promise<boolean> {
        return (await this.#namesIn(this.folder)).has(basename(this.#fileOf(key)));
    }

    /** The entry with the given key, if this user has added it on this machine. */
    async read(key: string): Promise<Entry | undefined> {
        try {
            return this.#schema.parse(JSON.parse(decrypt(await readFile(this.#fileOf(key)), key)));
        } catch {
            // There is none, or it was not written by a process that knew the key.
            return undefined;
        }
    }

    async remove(key: string): Promise<void> {
        await rm(this.#fileOf(key), { force: true });
    }

    #fileOf(key: string): string {
        return join(this.folder, hash(`file ${key}`).toString("hex").slice(0, 32));
    }

    #namesIn(folder: string): Promise<Set<string>> {
        const names =
            this.#names.get(folder) ??
            readdir(folder).then(
                (files) => new Set(files),
                () => new Set<string>(),
            );
        this.#names.set(folder, names);
        return names;
    }

    /** Once in a process. */
    #prepare(): Promise<void> {
        const { folder } = this;
        if (this.#prepared?.folder === folder) return this.#prepared.done;
        const done = prepareFolder(folder);
        this.#prepared = { folder, done };
        done.then(
            // Nothing waits for it, because there may be thousands of entries.
            () => this.#removeOld(folder).catch(() => undefined),
            () => (this.#prepared = undefined),
        );
        return done;
    }

    /** Another process may remove the same entries. */
    async #removeOld(folder: string): Promise<void> {
        for (const name of await readdir(folder)) {
            const file = join(folder, name);
            const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
            if (Date.now() - mtimeMs > this.#maxAgeMs) await rm(file, { force: true });
        }
    }
}

async function prepareFolder(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
}

/**
 * Identifies the folder and the backend of a deployment: another checkout may deploy a stack of the same name. The working
 * folder is that of the program. The backend may be that of `pulumi login`, which is not known here.
 */
export const currentDeployment = (): string => JSON.stringify([process.cwd(), process.env.PULUMI_BACKEND_URL ?? ""]);

const hash = (text: string): Buffer => createHash("sha256").update(text).digest();

function encrypt(text: string, key: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, hash(`key ${key}`), iv);
    const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), content]);
}

function decrypt(entry: Buffer, key: string): string {
    const iv = entry.subarray(0, IV_BYTES);
    const decipher = createDecipheriv(CIPHER, hash(`key ${key}`), iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(entry.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return decipher.update(entry.subarray(IV_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
}
