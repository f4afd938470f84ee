/** The inputs and the state of a `ContextFolder`. */
import { z } from "zod";
import type { WireContextFile } from "../../agb/index";
import { commonInputs } from "../support/inputs";
import { displayName } from "../origin";
import { trimTrailingSlash } from "../support/paths";
import type { Hashes } from "./localFolder";

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

export interface ContextFolderInputs extends Folder {
    /** The selected files of the local folder. */
    files: Hashes;
}

export interface ContextFolderState extends Folder {
    /** The files that this resource has put into the context. The hash is empty if an upload may have failed halfway. */
    files: Hashes;
    fileCount: number;
    totalSize: number;
    /** Size and time of each file as AGB listed it. A difference shows that the file was changed. */
    __listed: Record<string, string>;
}

/** The files of a folder as AGB lists them, by their path relative to the folder. */
export type Listing = Map<string, WireContextFile>;

export function stateOf(
    { contextId, path, source, include, exclude, overwrite, __origin, __timeouts }: Folder,
    files: Hashes,
    listing: Listing,
): ContextFolderState {
    const paths = Object.keys(files).sort();
    return {
        contextId,
        path,
        source,
        include,
        exclude,
        overwrite,
        __origin,
        __timeouts,
        files: Object.fromEntries(paths.map((file) => [file, files[file] ?? ""])),
        fileCount: paths.length,
        totalSize: paths.reduce((sum, file) => sum + (listing.get(file)?.size ?? 0), 0),
        __listed: Object.fromEntries(paths.map((file) => [file, fingerprint(listing.get(file))])),
    };
}

export const fingerprint = (file: WireContextFile | undefined): string =>
    file ? `${file.size ?? ""} ${file.gmtModified ?? ""}` : "";

export const idOf = ({ contextId, path }: Folder): string => `${contextId}:${trimTrailingSlash(path)}`;
export const pathInContext = ({ path }: Folder, file: string): string => `${trimTrailingSlash(path)}/${file}`;
/** The id that a `ContextFile` of the same file has. */
export const fileId = (folder: Folder, file: string): string => `${folder.contextId}:${pathInContext(folder, file)}`;
export const subject = (folder: Folder): string =>
    `${displayName("ContextFolder", folder)} (${folder.path} in context ${folder.contextId})`;
