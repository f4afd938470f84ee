/** A file of a context, identified by its path and compared by the hash of its content. */
import { z } from "zod";
import {
    AgbApiError,
    digestOf,
    mayHaveTakenEffect,
    type FileDigest,
    type FileSource,
    type WireContextFile,
} from "../../agb/index";
import { contextFileDefinition } from "../../definitions/contextFile";
import type { Account } from "../account";
import { PartialFailure, unknown, type CheckResult, type Failure, type Handlers, type MaybeUnknown } from "../contract";
import { declarations } from "../declared/declarations";
import { displayName, type CommonInputs } from "../origin";
import { diffInputs } from "../support/diff";
import { withErrorContext, wrapError } from "../support/errors";
import { checkInputs, commonInputs } from "../support/inputs";
import { runExclusive } from "../support/keyedMutex";
import { isNormalizedAbsolute } from "../support/paths";
import { Progress } from "../support/progress";
import { abortAt, deadline } from "../support/timeouts";
import { assetDigest, fileAssetSchema, fileSource, textDigest } from "./assets";
import { duplicateFileError, existingFileError, unlessContextGone, waitUntilListed } from "./contextFiles";

export const contextFileInputsSchema = z.object({
    contextId: z.string().min(1),
    path: z.string().min(1),
    source: fileAssetSchema.optional(),
    content: z.string().optional(),
    overwrite: z.boolean().default(false),
    ...commonInputs,
});
type DeclaredInputs = z.output<typeof contextFileInputsSchema>;

/** The digest of the content, where known. */
type KnownDigest = { [Key in keyof FileDigest]?: FileDigest[Key] | undefined };

/** The declared inputs with the digest of the content, which is a secret if the content is. */
type ContextFileInputs = DeclaredInputs & KnownDigest;

/** The inputs that the state contains: all but the content. */
type PersistedFields = Pick<DeclaredInputs, "contextId" | "path" | "overwrite" | keyof CommonInputs>;

/** The digest is unknown after an upload that may or may not have succeeded. */
interface ContextFileState extends PersistedFields, KnownDigest {
    modifiedTime?: string | undefined;
}

export const contextFileHandlers: Handlers<ContextFileInputs, ContextFileState, CheckResult, keyof FileDigest> = {
    definition: contextFileDefinition,

    check({ news }): CheckResult {
        const { inputs, failures, valid } = checkInputs(contextFileInputsSchema, news, contentFailures);
        if (!valid) return { inputs, failures };
        const { contextId, path } = valid;
        const isPlaced = contextId !== unknown && path !== unknown;
        return {
            inputs: { ...inputs, ...expectedDigest(valid) },
            failures,
            warnings: isPlaced ? declarations.addContent("ContextFile", valid, { contextId, path }) : [],
        };
    },

    diff: ({ state, inputs }) => diffInputs<ContextFileInputs>(contextFileDefinition, state, inputs),

    async create({ inputs, account }) {
        const id = idOf(inputs);
        return runExclusive(`file ${id}`, async () => {
            await assertNotExisting(inputs, account);
            const state = await upload(inputs, account, "create");
            account.filesWritten.add(id);
            return { id, state };
        });
    },

    async read({ state, account }) {
        const persisted = persistedFields(state as ContextFileState);
        const file = await findFile(persisted, account);
        if (!file) return undefined;
        const { gmtModified: modifiedTime } = file;
        if (state.hash !== undefined && state.size === file.size && state.modifiedTime === modifiedTime) {
            return { state: { ...persisted, hash: state.hash, size: state.size, modifiedTime } };
        }
        account.reporter.milestone(`${persisted.__origin?.name ?? persisted.path}: the file has changed, reading it`);
        const digest = await digestOf(await account.agb.downloadContextFile(persisted.contextId, persisted.path));
        return { state: { ...persisted, ...digest, modifiedTime } };
    },

    async update({ state, inputs, account }) {
        if (state.hash !== inputs.hash) return { state: await upload(inputs, account, "update") };
        const { hash, size, modifiedTime } = state;
        return { state: { ...persistedFields(inputs), hash, size, modifiedTime } };
    },

    async delete({ id, state, account }) {
        // A replacement or another resource has written this file in the same deployment.
        if (account.filesWritten.has(id)) return;
        try {
            await account.agb.deleteContextFile(state.contextId, state.path);
        } catch (error) {
            if (await findFile(state, account)) throw wrapError(`${subject(state)} could not be deleted`, error);
        }
    },
};

/** The digest that the content will have, where known. */
function expectedDigest({
    source,
    content,
}: MaybeUnknown<Pick<DeclaredInputs, "source" | "content">> & object): Partial<
    Record<keyof FileDigest, MaybeUnknown<string | number>>
> {
    if (source === unknown || content === unknown) return { hash: unknown, size: unknown };
    return source ? assetDigest(source) : textDigest(content ?? "");
}

/** Uploads the content and waits until AGB lists it. */
async function upload(
    inputs: ContextFileInputs,
    account: Account,
    operation: "create" | "update",
): Promise<ContextFileState> {
    const { contextId, path } = inputs;
    const until = deadline(inputs, operation);
    const progress = new Progress(inputs, account.reporter);
    const onProgress = (bytes: number, total: number) =>
        progress.update(`${megabytes(bytes)} of ${megabytes(total)} MB uploaded`);
    const failed = (error: unknown, advice: string) =>
        wrapError(`${subject(inputs)} could not be uploaded`, error, advice);
    let uploaded: FileDigest;
    let file: WireContextFile | undefined;
    try {
        const signal = abortAt(until);
        uploaded = await account.agb.uploadContextFile(contextId, path, sourceOf(inputs), { signal, onProgress });
        progress.end();
        file = await waitUntilListed(async () => {
            const listed = await account.agb.findContextFile(contextId, path);
            return listed?.size === uploaded.size ? listed : undefined;
        }, until);
    } catch (error) {
        if (!mayHaveTakenEffect(error)) {
            throw failed(error, error instanceof AgbApiError ? "Check contextId and path." : "");
        }
        const { message } = failed(
            error,
            "Run `pulumi up` again to repeat it, or allow more time with customTimeouts.",
        );
        throw unclearUpload(inputs, message);
    }
    if (!file) {
        throw unclearUpload(
            inputs,
            `${subject(inputs)} was uploaded, but AGB does not list it with its ${uploaded.size} bytes. Run \`pulumi up\` again to repeat it.`,
        );
    }
    return { ...persistedFields(inputs), ...uploaded, modifiedTime: file.gmtModified };
}

/** Without a hash in the state, the next deployment uploads the file again, and a destroy deletes what may be there. */
const unclearUpload = (inputs: ContextFileInputs, message: string) =>
    new PartialFailure(idOf(inputs), persistedFields(inputs), message);

async function assertNotExisting(inputs: ContextFileInputs, account: Account): Promise<void> {
    const { contextId, path, overwrite } = inputs;
    const attempted = `${subject(inputs)} could not be created`;
    if (account.filesWritten.has(idOf(inputs))) throw duplicateFileError(attempted, "the same file");
    if (overwrite) return;
    const file = await withErrorContext(attempted, () => account.agb.findContextFile(contextId, path));
    if (!file) return;
    const details = [
        ...(file.size === undefined ? [] : [`${file.size} bytes`]),
        ...(file.gmtModified === undefined ? [] : [`of ${file.gmtModified}`]),
    ].join(", ");
    throw existingFileError(attempted, `a file already exists there (${details})`);
}

/** The file as AGB lists it; `undefined` if it or its context is gone. */
function findFile({ contextId, path }: PersistedFields, { agb }: Account): Promise<WireContextFile | undefined> {
    return unlessContextGone(agb, contextId, () => agb.findContextFile(contextId, path));
}

function sourceOf({ source, content = "" }: ContextFileInputs): FileSource {
    return source ? fileSource(source) : { text: content };
}

function persistedFields({ contextId, path, overwrite, __origin, __timeouts }: PersistedFields): PersistedFields {
    return { contextId, path, overwrite, __origin, __timeouts };
}

const idOf = ({ contextId, path }: PersistedFields) => `${contextId}:${path}`;
const subject = (inputs: PersistedFields) =>
    `${displayName("ContextFile", inputs)} (${inputs.path} in context ${inputs.contextId})`;
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

function contentFailures({ path, source, content }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = [];
    if (typeof path === "string" && path !== "" && (!isNormalizedAbsolute(path) || path.endsWith("/"))) {
        failures.push({
            property: "path",
            reason: `"${path}" must be the absolute path of a file as sessions will see it, without "." or "..", such as "/home/work/notes.md"`,
        });
    }
    const property = "source, content";
    if (source === undefined && content === undefined) {
        failures.push({ property, reason: "one of them is required to provide the content" });
    }
    if (source !== undefined && content !== undefined) {
        failures.push({ property, reason: "both are set, but only one of them can provide the content" });
    }
    return failures;
}
