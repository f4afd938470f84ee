/** A local folder kept in a context, compared file by file by the hash of the content. */
import { forEachConcurrently } from "../../../common/concurrency";
import { errorMessage } from "../../../common/errorMessage";
import { contextFolderDefinition } from "../../definitions/contextFolder";
import type { Account } from "../account";
import { unknown, type CheckResult, type Failure, type Handlers, type MaybeUnknownFields } from "../contract";
import { declarations } from "../declared/declarations";
import { displayName } from "../origin";
import { diffInputs } from "../support/diff";
import { withErrorContext } from "../support/errors";
import { addressWarnings } from "../support/contextIds";
import { checkInputs } from "../support/inputs";
import { pathFailure } from "../support/lookAlikes";
import { isNormalizedAbsolute, trimTrailingSlash } from "../support/paths";
import { changedOutside, formatSome, sharedFileWarning } from "./contextFiles";
import { recordHeld } from "./fileClaims";
import { removeFileNote } from "./fileNotes";
import { filesInTheWay } from "./filePaths";
import { claimFiles } from "./folderClaims";
import { findFiles, inspect } from "./folderInspection";
import {
    contextFolderInputsSchema,
    fromRecord,
    idOf,
    pathInContext,
    stateOf,
    subject,
    toRecord,
    type ContextFolderInputs,
    type ContextFolderState,
    type Folder,
} from "./folderState";
import { deleteFiles, deleteNotedFiles, fingerprints, reconcile } from "./folderSync";
import { CONCURRENCY, hashFolder, type Hashes, type Selection } from "./localFolder";
import { patternProblem } from "./patterns";
import { remoteFilesOf, type Listing } from "./remoteFiles";

export const contextFolderHandlers: Handlers<ContextFolderInputs, ContextFolderState, Promise<CheckResult>, "files"> = {
    definition: contextFolderDefinition,

    async check({ olds, news }): Promise<CheckResult> {
        recordHeldFiles(olds);
        const { inputs, failures, valid } = checkInputs(contextFolderInputsSchema, news, folderFailures);
        if (!valid) return { inputs, failures };
        const selection = knownSelection(valid);
        const warnings = addressWarnings("ContextFolder", valid);
        if (!selection) return { inputs: { ...inputs, files: unknown }, failures, warnings };
        try {
            const files = await hashFolder(selection);
            if (files.size === 0) {
                warnings.push(
                    `${displayName("ContextFolder", valid)}: no file in "${selection.source}" matches the patterns, so the context gets no files from it.`,
                );
            }
            return {
                inputs: { ...inputs, files: toRecord(files) },
                failures,
                warnings: [...warnings, ...declare(valid, files)],
            };
        } catch (error) {
            return { inputs, failures: [{ property: "source", reason: errorMessage(error) }] };
        }
    },

    async diff({ state, inputs, account }) {
        const diff = diffInputs<ContextFolderInputs>(contextFolderDefinition, state, inputs, { path: isSamePath });
        if (isKnown(inputs)) {
            const shared = claimFiles(fromRecord(inputs.files).keys(), inputs, account);
            if (shared) {
                account.reporter.warn(sharedFileWarning(subject(inputs), shared.holder, formatSome(shared.files)));
            }
            if (diff.replaces.length > 0) return { ...diff, deleteBeforeReplace: isInTheWay(state, inputs) };
        }
        if (diff.changes) return diff;
        const { changed } = await inspect(state, account);
        if (changed.length > 0) account.reporter.info(changedOutside(subject(inputs), formatSome(changed)));
        return { ...diff, changes: changed.length > 0 };
    },

    async create({ inputs, account }) {
        const nothing = { hashes: new Map<string, string>(), listed: new Map<string, string>() };
        return { id: idOf(inputs), state: await reconcile(nothing, inputs, account, "create") };
    },

    async read({ state, account }) {
        const folder = state as ContextFolderState;
        const [hashes, known] = [fromRecord(state.files), fromRecord(state.__listed)];
        const listing = await findFiles(folder, account);
        if (!listing) return undefined;
        const listed = fingerprints(listing);
        const changed = [...listing].filter(([file]) => listed.get(file) !== known.get(file));
        const current = await hashRemoteFiles(new Map(changed), folder, account);
        const files = [...listing.keys()].map((file): [string, string] => [
            file,
            current.get(file) ?? hashes.get(file) ?? "",
        ]);
        return { state: stateOf(folder, new Map(files), listed) };
    },

    async update({ state, inputs, account }) {
        return { state: await reconcile(await inspect(state, account), inputs, account, "update") };
    },

    async delete({ state, account }) {
        await withErrorContext(`${subject(state)} could not be deleted`, async () => {
            await deleteFiles([...fromRecord(state.files).keys()], state, account);
            await deleteNotedFiles(state, account);
            await removeFileNote(account, state);
        });
    },
};

/** Warnings about other resources that may overwrite or remove the files. */
function declare(folder: MaybeUnknownFields<Folder>, hashes: Hashes): string[] {
    const { contextId, path } = folder;
    if (contextId === unknown || path === unknown) return [];
    return declarations.addContent("ContextFolder", folder, { contextId, path, files: [...hashes.keys()] });
}

function recordHeldFiles({ contextId, path, files }: Record<string, unknown>): void {
    if (typeof path !== "string") return;
    for (const file of fromRecord(files).keys()) recordHeld(contextId, `${trimTrailingSlash(path)}/${file}`);
}

/** Whether it is known where the files belong. It is unknown if it comes from something that is about to be replaced. */
const isKnown = ({ contextId, path }: { [Key in keyof ContextFolderInputs]: unknown }): boolean =>
    contextId !== unknown && path !== unknown;

/** Whether an old file keeps a new one from being created. */
function isInTheWay(state: ContextFolderState, inputs: ContextFolderInputs): boolean {
    const paths = (folder: ContextFolderInputs) =>
        [...fromRecord(folder.files).keys()].map((file) => pathInContext(folder, file));
    return state.contextId === inputs.contextId && filesInTheWay(paths(state), new Set(paths(inputs))).length > 0;
}

/** What selects the files, if all of it is known. */
function knownSelection({ source, include, exclude }: MaybeUnknownFields<Folder>): Selection | undefined {
    const known = <T>(value: T): value is Exclude<T, typeof unknown> => value !== unknown;
    if (!known(source) || !known(include) || !known(exclude)) return undefined;
    return include.every(known) && exclude.every(known) ? { source, include, exclude } : undefined;
}

/** The path is unknown if the context that it comes from is about to be replaced. */
const isSamePath = (before: string, after: unknown): boolean =>
    typeof after === "string" && trimTrailingSlash(before) === trimTrailingSlash(after);

async function hashRemoteFiles(files: Listing, folder: Folder, account: Account): Promise<Map<string, string>> {
    const hashes = new Map<string, string>();
    if (files.size === 0) return hashes;
    account.reporter.milestone(`${folder.__origin?.name ?? folder.path}: ${pluralize(files)} changed, reading them`);
    await withErrorContext(`${subject(folder)} could not be read`, () =>
        forEachConcurrently(files, CONCURRENCY, async ([file, listed]) => {
            hashes.set(file, await remoteFilesOf(account).hash(folder.contextId, listed));
        }),
    );
    return hashes;
}

const pluralize = ({ size }: Listing) => (size === 1 ? "1 file has" : `${size} files have`);

function folderFailures({ path, include, exclude }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = [];
    if (typeof path === "string" && path !== "" && (!isNormalizedAbsolute(path) || path === "/")) {
        const reason =
            'must be the absolute path of a folder as sessions will see it, without "." or "..", such as "/home/work/data"';
        failures.push(pathFailure("path", path, reason));
    }
    for (const [name, patterns] of Object.entries({ include, exclude })) {
        if (!Array.isArray(patterns)) continue;
        patterns.forEach((pattern: unknown, i) => {
            const reason = typeof pattern === "string" && pattern !== "" ? patternProblem(pattern) : undefined;
            if (reason) failures.push({ property: `${name}[${i}]`, reason });
        });
    }
    return failures;
}
