/**
 * Notes about files that a run is about to create, in the user's data folder until the run has them in its state. A run that
 * is killed in between leaves its note, so the next `up` or `destroy` recognizes the files as its own.
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { replaceFile } from "../../../common/replaceFile";
import { defaultDataFolder } from "../../agb/localServer";
import type { Account } from "../account";
import type { CommonInputs, Origin } from "../origin";
import { currentDeployment } from "../support/journal";

/** Of a resource, or of a context. */
interface Place extends CommonInputs {
    contextId: string;
}

/** The hash of the content is only recognizable: the content may be a secret that can be guessed. */
const noteSchema = z.object({ salt: z.string(), files: z.array(z.tuple([z.string(), z.string()])) });
type Note = z.output<typeof noteSchema>;

/** The files of a note: whether a run was about to write a content to a path. */
export class NotedFiles {
    readonly #notes: Note[];

    constructor(notes: Note[]) {
        this.#notes = notes;
    }

    get paths(): string[] {
        return this.#notes.flatMap(({ files }) => files.map(([path]) => path));
    }

    has(path: string, hash: string): boolean {
        return this.#notes.some(({ salt, files }) =>
            files.some(([noted, mark]) => noted === path && mark === recognizable(hash, salt)),
        );
    }
}

/** Adds files, by their path with their hash, to the note of a resource. They are on disk when this returns. */
export async function noteFiles(account: Account, place: Place, files: ReadonlyMap<string, string>): Promise<void> {
    if (!place.__origin || files.size === 0) return;
    const path = fileOf(account, place.contextId, place.__origin);
    const known = await readNote(path);
    const salt = known?.salt ?? randomBytes(16).toString("hex");
    const added = [...files].map(([file, hash]): [string, string] => [file, recognizable(hash, salt)]);
    try {
        await mkdir(folderOf(account, place.contextId, place.__origin), { recursive: true, mode: 0o700 });
        await replaceFile(path, JSON.stringify({ salt, files: [...(known?.files ?? []), ...added] }));
    } catch {
        // Without the note, the files of an interrupted run are recognized only if their content is still the declared one.
    }
}

/** Removes the note of a resource whose files are in the state. */
export async function removeFileNote(account: Account, { contextId, __origin }: Place): Promise<void> {
    if (__origin) await rm(fileOf(account, contextId, __origin)).catch(() => undefined);
}

/** The files that an interrupted run of the resource may have left. */
export async function notedFiles(account: Account, { contextId, __origin }: Place): Promise<NotedFiles> {
    const note = __origin && (await readNote(fileOf(account, contextId, __origin)));
    return new NotedFiles(note ? [note] : []);
}

/** The files that an interrupted run of any resource of the deployment may have left in a context. */
export async function notedFilesOfContext(account: Account, { contextId, __origin }: Place): Promise<NotedFiles> {
    if (!__origin) return new NotedFiles([]);
    const folder = folderOf(account, contextId, __origin);
    const names = await readdir(folder).catch(() => []);
    const notes = await Promise.all(names.map((name) => readNote(join(folder, name))));
    return new NotedFiles(notes.filter((note) => note !== undefined));
}

/** A note that cannot be read counts as none. */
const readNote = (path: string): Promise<Note | undefined> =>
    readFile(path, "utf8")
        .then((text) => noteSchema.parse(JSON.parse(text)))
        .catch(() => undefined);

const recognizable = (hash: string, salt: string): string => createHmac("sha256", salt).update(hash).digest("hex");
const digest = (value: unknown): string =>
    createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);

function folderOf({ agb }: Account, contextId: string, { project, stack }: Origin): string {
    const deployment = [agb.accountMark, currentDeployment(), project, stack];
    return join(defaultDataFolder(), "files", digest([...deployment, contextId]));
}

const fileOf = (account: Account, contextId: string, origin: Origin): string =>
    join(folderOf(account, contextId, origin), digest([origin.urn, origin.parents, origin.name]));
