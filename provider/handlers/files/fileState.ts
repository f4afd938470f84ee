/** The inputs and the state of a `ContextFile`. */
import { z } from "zod";
import type { FileDigest, FileSource } from "../../agb/index";
import { displayName, type CommonInputs } from "../origin";
import { commonInputs } from "../support/inputs";
import { fileAssetSchema, fileSource } from "./assets";
import { holderOf, type Holder } from "./fileClaims";
import { fileId } from "./filePaths";

export const contextFileInputsSchema = z.object({
    contextId: z.string().min(1),
    path: z.string().min(1),
    source: fileAssetSchema.optional(),
    content: z.string().optional(),
    overwrite: z.boolean().default(false),
    ...commonInputs,
});
export type DeclaredInputs = z.output<typeof contextFileInputsSchema>;

/** The digest of the content, where known. */
export type KnownDigest = { [Key in keyof FileDigest]?: FileDigest[Key] | undefined };

/** The declared inputs with the digest of the content, which is a secret if the content is. */
export type ContextFileInputs = DeclaredInputs & KnownDigest;

/** The inputs that the state contains: all but the content. */
export type PersistedFields = Pick<DeclaredInputs, "contextId" | "path" | "overwrite" | keyof CommonInputs>;

/** The digest is unknown after an upload that may or may not have succeeded. */
export interface ContextFileState extends PersistedFields, KnownDigest {
    modifiedTime?: string | undefined;
}

export function sourceOf({ source, content = "" }: ContextFileInputs): FileSource {
    return source ? fileSource(source) : { text: content };
}

export function persistedFields({
    contextId,
    path,
    overwrite,
    __origin,
    __timeouts,
}: PersistedFields): PersistedFields {
    return { contextId, path, overwrite, __origin, __timeouts };
}

export const idOf = ({ contextId, path }: PersistedFields): string => fileId(contextId, path);
export const holderOfFile = (inputs: PersistedFields): Holder => holderOf("ContextFile", inputs);
export const subject = (inputs: PersistedFields): string =>
    `${displayName("ContextFile", inputs)} (${inputs.path} in context ${inputs.contextId})`;
