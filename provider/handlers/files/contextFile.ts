/** A file of a context, put there by its address and compared by the hash of its content. */
import { z } from "zod";
import {
    AgbApiError,
    findContext,
    mayHaveTakenEffect,
    digestOf,
    type FileDigest,
    type FileSource,
    type WireContextFile,
} from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import type { Account } from "../account";
import { assetDigest, fileAssetSchema, fileSource, textDigest, type FileAsset } from "./assets";
import { withErrorContext, wrapError } from "../support/errors";
import {
    displayName,
    PartialFailure,
    unknown,
    type CheckResult,
    type CommonInputs,
    type Diff,
    type Failure,
    type Handlers,
} from "../contract";
import { checkInputs, commonInputs } from "../support/inputs";
import { isNormalizedAbsolute } from "../session/mounts";
import { runExclusive } from "../support/keyedMutex";
import { Progress } from "../support/progress";
import { deadline, abortAt } from "../support/timeouts";

export const contextFileInputsSchema = z.object({
    contextId: z.string().min(1),
    path: z.string().min(1),
    source: fileAssetSchema.optional(),
    content: z.string().optional(),
    overwrite: z.boolean().default(false),
    ...commonInputs,
});

/** Of the content that a file is to have, or has as far as is known. */
type KnownDigest = { [Key in keyof FileDigest]?: FileDigest[Key] | undefined };

/** What stays in the state: all but the content. */
interface PersistedFields extends CommonInputs {
    contextId: string;
    path: string;
    overwrite: boolean;
}

/** With the digest that the content is to have. It stands under the names of the outputs, which so are secret where the content is. */
interface ContextFileInputs extends PersistedFields, KnownDigest {
    source?: FileAsset | undefined;
    content?: string | undefined;
}

/** With the digest that the content has; none after an upload whose outcome is not clear. */
interface ContextFileState extends PersistedFields, KnownDigest {
    modifiedTime?: string | undefined;
}

/** How long AGB may take to list a file that it has taken, in milliseconds. */
const LISTING_TIMEOUT_MS = 60_000;

export const contextFileHandlers: Handlers<ContextFileInputs, ContextFileState> = {
    check({ news: { hash: _hash, size: _size, ...news } }): CheckResult {
        const checked = checkInputs(contextFileInputsSchema, news, contentFailures);
        return checked.failures.length > 0
            ? checked
            : { ...checked, inputs: { ...checked.inputs, ...expectedDigest(checked.inputs) } };
    },

    diff({ state, inputs }): Diff {
        const replaces = (["contextId", "path"] as const).filter((key) => state[key] !== inputs[key]);
        const changes = replaces.length > 0 || state.hash !== inputs.hash || state.overwrite !== inputs.overwrite;
        return { changes, replaces, deleteBeforeReplace: false };
    },

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
        const kept = persistedFields(state as ContextFileState);
        const file = await findFile(kept, account);
        if (!file) return undefined;
        const { gmtModified: modifiedTime } = file;
        if (state.hash !== undefined && state.size === file.size && state.modifiedTime === modifiedTime)
            return { state: { ...kept, hash: state.hash, size: state.size, modifiedTime } };
        account.reporter.milestone(`${kept.__origin?.name ?? kept.path}: the file has changed, reading it`);
        const digest = digestOf(await account.agb.downloadContextFile(kept.contextId, kept.path));
        return { state: { ...kept, ...(await digest), modifiedTime } };
    },

    async update({ state, inputs, account }) {
        const { hash, size, modifiedTime } = state;
        return {
            state:
                hash === inputs.hash
                    ? { ...persistedFields(inputs), hash, size, modifiedTime }
                    : await upload(inputs, account, "update"),
        };
    },

    async delete({ id, state, account }) {
        // What a replacement, or another resource that came in its stead, has put there is not ours to remove.
        if (account.filesWritten.has(id)) return;
        try {
            await account.agb.deleteContextFile(state.contextId, state.path);
        } catch (error) {
            if (await findFile(state, account)) throw wrapError(`${subject(state)} could not be deleted`, error);
        }
    },
};

/** What the content is to be, as far as it is known. */
function expectedDigest({ source, content }: Record<string, unknown>): Partial<Record<keyof FileDigest, unknown>> {
    if (source === unknown || content === unknown) return { hash: unknown, size: unknown };
    return typeof content === "string" ? textDigest(content) : assetDigest(source as FileAsset);
}

/** Puts the content into the context, and waits until AGB lists it. */
async function upload(
    inputs: ContextFileInputs,
    account: Account,
    operation: "create" | "update",
): Promise<ContextFileState> {
    const { contextId, path } = inputs;
    const until = deadline(inputs, operation);
    const progress = new Progress(inputs, account.reporter);
    const onProgress = (bytes: number, of: number) =>
        progress.update(`${megabytes(bytes)} of ${megabytes(of)} MB uploaded`);
    const failed = (error: unknown, advice: string) =>
        wrapError(`${subject(inputs)} could not be uploaded`, error, advice);
    try {
        const signal = abortAt(until);
        const sent = await account.agb.uploadContextFile(contextId, path, sourceOf(inputs), { signal, onProgress });
        progress.end();
        const file = await pollUntil(
            async () => {
                const listed = await account.agb.findContextFile(contextId, path);
                return listed?.size === sent.size ? listed : undefined;
            },
            { deadline: Math.min(until, Date.now() + LISTING_TIMEOUT_MS) },
        );
        if (!file)
            throw new PartialFailure(
                idOf(inputs),
                persistedFields(inputs),
                `${subject(inputs)} was uploaded, but AGB does not list it with its ${sent.size} bytes. Run \`pulumi up\` again to repeat it.`,
            );
        return { ...persistedFields(inputs), ...sent, modifiedTime: file.gmtModified };
    } catch (error) {
        if (error instanceof PartialFailure) throw error;
        if (!mayHaveTakenEffect(error))
            throw failed(error, error instanceof AgbApiError ? "Check contextId and path." : "");
        // Without a hash in the state the next deployment uploads it again, and a destroy removes what may be there.
        throw new PartialFailure(
            idOf(inputs),
            persistedFields(inputs),
            failed(error, "Run `pulumi up` again to repeat it, or allow more time with customTimeouts.").message,
        );
    }
}

async function assertNotExisting(inputs: ContextFileInputs, account: Account): Promise<void> {
    const { contextId, path, overwrite } = inputs;
    const attempted = `${subject(inputs)} could not be created`;
    if (account.filesWritten.has(idOf(inputs)))
        throw new Error(
            `${attempted}: another resource has just put a file there. Two resources cannot stand for one file: give one of them another path.`,
        );
    if (overwrite) return;
    const file = await withErrorContext(attempted, () => account.agb.findContextFile(contextId, path));
    if (!file) return;
    const details = [
        ...(file.size === undefined ? [] : [`${file.size} bytes`]),
        ...(file.gmtModified === undefined ? [] : [`of ${file.gmtModified}`]),
    ].join(", ");
    throw new Error(
        `${attempted}: there is a file already (${details}); perhaps a session uploaded it, or an interrupted run. Set overwrite: true to replace it, or choose another path.`,
    );
}

/** The file as AGB lists it, `undefined` where it is gone, by itself or with its context. */
async function findFile({ contextId, path }: PersistedFields, { agb }: Account): Promise<WireContextFile | undefined> {
    try {
        return await agb.findContextFile(contextId, path);
    } catch (error) {
        if (error instanceof AgbApiError && !(await findContext(agb, { id: contextId }))) return undefined;
        throw error;
    }
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
    // The engine prints the value of a property of that name, secret or not: so this is none.
    const property = "source, content";
    if (source === undefined && content === undefined)
        failures.push({ property, reason: "one of them is required, to say what the file holds" });
    if (source !== undefined && content !== undefined)
        failures.push({ property, reason: "both are given, but only one of them can say what the file holds" });
    return failures;
}
