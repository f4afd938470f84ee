/** A file of a context, identified by its path and compared by the hash of its content. */
import { digestOf, type FileDigest, type WireContextFile } from "../../agb/index";
import { contextFileDefinition } from "../../definitions/contextFile";
import type { Account } from "../account";
import { PartialFailure, unknown, type CheckResult, type Failure, type Handlers, type MaybeUnknown } from "../contract";
import { declarations } from "../declared/declarations";
import { diffInputs } from "../support/diff";
import { withErrorContext, wrapError } from "../support/errors";
import { addressWarnings } from "../support/contextIds";
import { checkInputs } from "../support/inputs";
import { runExclusive } from "../support/keyedMutex";
import { pathFailure } from "../support/lookAlikes";
import { isNormalizedAbsolute } from "../support/paths";
import { assetDigest, textDigest } from "./assets";
import {
    changedOutside,
    duplicateFileError,
    existingFileError,
    ownership,
    sharedFileWarning,
    unlessContextGone,
} from "./contextFiles";
import { claimsOf, lockOf, recordHeld } from "./fileClaims";
import { notedFiles, noteFiles, removeFileNote } from "./fileNotes";
import { filesInTheWay } from "./filePaths";
import {
    contextFileInputsSchema,
    holderOfFile,
    idOf,
    persistedFields,
    subject,
    type ContextFileInputs,
    type ContextFileState,
    type DeclaredInputs,
    type PersistedFields,
} from "./fileState";
import { upload } from "./fileUpload";
import { remoteFilesOf } from "./remoteFiles";

export const contextFileHandlers: Handlers<ContextFileInputs, ContextFileState, CheckResult, keyof FileDigest> = {
    definition: contextFileDefinition,

    check({ olds, news }): CheckResult {
        recordHeld(olds.contextId, olds.path);
        const { inputs, failures, valid } = checkInputs(contextFileInputsSchema, news, contentFailures);
        if (!valid) return { inputs, failures };
        const { contextId, path } = valid;
        const isPlaced = contextId !== unknown && path !== unknown;
        return {
            inputs: { ...inputs, ...expectedDigest(valid) },
            failures,
            warnings: [
                ...addressWarnings("ContextFile", valid),
                ...(isPlaced ? declarations.addContent("ContextFile", valid, { contextId, path }) : []),
            ],
        };
    },

    async diff({ state, inputs, account }) {
        const diff = diffInputs<ContextFileInputs>(contextFileDefinition, state, inputs);
        // The path is unknown if it comes from something that is about to be replaced.
        if (typeof inputs.contextId === "string" && typeof inputs.path === "string") {
            const other = claimsOf(account).claim(idOf(inputs), holderOfFile(inputs));
            if (other) account.reporter.warn(sharedFileWarning(subject(inputs), other, "the same file"));
            if (isInTheWay(state, inputs)) return { ...diff, deleteBeforeReplace: true };
        }
        if (diff.changes) return diff;
        const { isIntact } = await inspect(state, account);
        if (!isIntact) account.reporter.info(changedOutside(subject(inputs), "it"));
        return { ...diff, changes: !isIntact };
    },

    async create({ inputs, account }) {
        const id = idOf(inputs);
        return runExclusive(lockOf(id), async () => {
            const claims = claimsOf(account);
            const holder = holderOfFile(inputs);
            try {
                const existing = await withErrorContext(`${subject(inputs)} could not be created`, () => {
                    const other = claims.claim(id, holder);
                    if (other) throw duplicateFileError(other, "the same file");
                    return adopt(inputs, account);
                });
                const state = existing ?? (await upload(inputs, account, "create"));
                await removeFileNote(account, inputs);
                return { id, state };
            } catch (error) {
                if (error instanceof PartialFailure) await removeFileNote(account, inputs);
                else claims.release(id, holder);
                throw error;
            }
        });
    },

    async read({ state, account }) {
        const persisted = persistedFields(state as ContextFileState);
        const file = await unlessContextGone(account.agb, persisted.contextId, () => find(persisted, account));
        if (!file) return undefined;
        const { gmtModified: modifiedTime } = file;
        if (state.hash !== undefined && state.size === file.size && state.modifiedTime === modifiedTime) {
            return { state: { ...persisted, hash: state.hash, size: state.size, modifiedTime } };
        }
        account.reporter.milestone(`${persisted.__origin?.name ?? persisted.path}: the file has changed, reading it`);
        const digest = await withErrorContext(`${subject(persisted)} could not be read`, async () =>
            digestOf(await account.agb.downloadContextFile(persisted.contextId, persisted.path)),
        );
        return { state: { ...persisted, ...digest, modifiedTime } };
    },

    async update({ id, state, inputs, account }) {
        return runExclusive(lockOf(id), async () => {
            claimsOf(account).claim(id, holderOfFile(inputs));
            if (state.hash !== inputs.hash) return { state: await upload(inputs, account, "update") };
            const { isIntact, file } = await inspect(state, account);
            if (!isIntact) return { state: await upload(inputs, account, "update") };
            const { hash, size, modifiedTime } = state;
            return {
                state: { ...persistedFields(inputs), hash, size, modifiedTime: file?.gmtModified ?? modifiedTime },
            };
        });
    },

    async delete({ id, state, account }) {
        return runExclusive(lockOf(id), async () => {
            // A replacement or another resource holds the file now.
            if (claimsOf(account).isHeld(id)) return;
            try {
                await account.agb.deleteContextFile(state.contextId, state.path);
            } catch (error) {
                const lookUp = unlessContextGone(account.agb, state.contextId, () => findNow(state, account));
                if (await lookUp.catch(() => true)) throw wrapError(`${subject(state)} could not be deleted`, error);
            }
        });
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

/** The state of a file that exists already with the wanted content. Throws if the existing file is foreign. */
async function adopt(inputs: ContextFileInputs, account: Account): Promise<ContextFileState | undefined> {
    const { contextId, path, overwrite, hash = "", size } = inputs;
    if (overwrite) return undefined;
    const file = await findNow(inputs, account);
    if (!file) {
        await noteFiles(account, inputs, new Map([[path, hash]]));
        return undefined;
    }
    const owned = await ownership(file, { hash, size }, contextId, path, await notedFiles(account, inputs), account);
    if (owned === "wanted") return { ...persistedFields(inputs), hash, size, modifiedTime: file.gmtModified };
    if (owned === "ours") return undefined;
    const details = [
        ...(file.size === undefined ? [] : [`${file.size} bytes`]),
        ...(file.gmtModified === undefined ? [] : [`of ${file.gmtModified}`]),
    ].join(", ");
    throw existingFileError(`a file already exists there (${details})`);
}

/** Whether the context still holds what was uploaded. Whether the context itself exists is for a refresh to find out. */
async function inspect(
    state: ContextFileState,
    account: Account,
): Promise<{ isIntact: boolean; file?: WireContextFile | undefined }> {
    const { contextId } = state;
    return withErrorContext(`${subject(state)} could not be compared with the context`, async () => {
        const found = await unlessContextGone(account.agb, contextId, async () => ({
            file: await find(state, account),
        }));
        if (!found) return { isIntact: true };
        const { file } = found;
        if (!file || (file.size ?? state.size) !== state.size) return { isIntact: false };
        const isUntouched = file.gmtModified === state.modifiedTime;
        return { isIntact: isUntouched || (await remoteFilesOf(account).hash(contextId, file)) === state.hash, file };
    });
}

const find = ({ contextId, path }: PersistedFields, account: Account) => remoteFilesOf(account).find(contextId, path);
const findNow = ({ contextId, path }: PersistedFields, account: Account) =>
    remoteFilesOf(account).findNow(contextId, path);

/** Whether the file at its old path keeps the new path from being created. */
const isInTheWay = (state: PersistedFields, inputs: PersistedFields): boolean =>
    state.contextId === inputs.contextId && filesInTheWay([state.path], new Set([inputs.path])).length > 0;

function contentFailures({ path, source, content }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = [];
    if (typeof path === "string" && path !== "" && (!isNormalizedAbsolute(path) || path.endsWith("/"))) {
        const reason =
            'must be the absolute path of a file as sessions will see it, without "." or "..", such as "/home/work/notes.md"';
        failures.push(pathFailure("path", path, reason));
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
