/** The inputs and the state of a `ContextFolder`. */
import { z } from "zod";
import { displayName } from "../origin";
import { commonInputs } from "../support/inputs";
import { trimTrailingSlash } from "../support/paths";
import { asRecord } from "../support/values";
import { holderOf, type Holder } from "./fileClaims";
import { fileId } from "./filePaths";
import type { Hashes } from "./localFolder";
import { sizeIn } from "./remoteFiles";

const patterns = z.array(z.string().min(1));
export const contextFolderInputsSchema = z.object({
    contextId: z.string().min(1),
    path: z.string().min(1),
    source: z.string().min(1),
    include: patterns.default(["**"]),
    exclude: patterns.default([]),
    overwrite: z.boolean().default(false),
    ...commonInputs,
});

export type Folder = z.output<typeof contextFolderInputsSchema>;

/** A text for each file, as states store it; see {@link toRecord}. */
export type FileRecord = Record<string, string>;

export interface ContextFolderInputs extends Folder {
    /** The hashes of the selected files of the local folder. */
    files: FileRecord;
}

export interface ContextFolderState extends Folder {
    /** The hashes of the files that this resource has put into the context. Empty if an upload may have failed halfway. */
    files: FileRecord;
    fileCount: number;
    totalSize: number;
    /** The fingerprint of each file as AGB listed it. A difference shows that the file was changed. */
    __listed: FileRecord;
}

/** Assigning this key changes the prototype of an object, so neither Pulumi nor its protocol can store it. */
const UNUSABLE_KEY = "__proto__";
const SAME_FOLDER = "./";

/** Files as an object. A file that is called `__proto__` becomes `./__proto__`, which no other file is called. */
export function toRecord(files: ReadonlyMap<string, string>): FileRecord {
    const toKey = (file: string) => (file === UNUSABLE_KEY ? SAME_FOLDER + file : file);
    return Object.fromEntries([...files].map(([file, text]) => [toKey(file), text]));
}

/** The opposite of {@link toRecord}. What is no text is left out, because old inputs may be of any type. */
export function fromRecord(record: unknown): Map<string, string> {
    const entries = Object.entries(asRecord(record)).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return new Map(
        entries.map(([key, text]) => [key.startsWith(SAME_FOLDER) ? key.slice(SAME_FOLDER.length) : key, text]),
    );
}

/** The state with the given hashes and fingerprints. */
export function stateOf(
    { contextId, path, source, include, exclude, overwrite, __origin, __timeouts }: Folder,
    files: Hashes,
    listed: ReadonlyMap<string, string>,
): ContextFolderState {
    const paths = [...files.keys()].sort();
    const inOrder = (texts: ReadonlyMap<string, string>) =>
        toRecord(new Map(paths.map((file) => [file, texts.get(file) ?? ""])));
    return {
        contextId,
        path,
        source,
        include,
        exclude,
        overwrite,
        __origin,
        __timeouts,
        files: inOrder(files),
        fileCount: paths.length,
        totalSize: paths.reduce((sum, file) => sum + (sizeIn(listed.get(file) ?? "") ?? 0), 0),
        __listed: inOrder(listed),
    };
}

export const rootOf = ({ path }: Folder): string => trimTrailingSlash(path);
export const idOf = (folder: Folder): string => fileId(folder.contextId, rootOf(folder));
export const pathInContext = (folder: Folder, file: string): string => `${rootOf(folder)}/${file}`;
/** The id that a `ContextFile` of the same file has. */
export const fileIdIn = (folder: Folder, file: string): string => fileId(folder.contextId, pathInContext(folder, file));
export const holderOfFolder = (folder: Folder): Holder => holderOf("ContextFolder", folder);
export const subject = (folder: Folder): string =>
    `${displayName("ContextFolder", folder)} (${folder.path} in context ${folder.contextId})`;
