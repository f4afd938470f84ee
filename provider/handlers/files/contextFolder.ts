/** A folder of this machine kept in a context: compared file by file by the hash of the content. */
import { join, resolve } from "node:path";
import { z } from "zod";
import { AgbApiError, digestOf, findContext, mayHaveTakenEffect, type WireContextFile } from "../../agb/index";
import { pollUntil } from "../../agb/polling";
import type { Account } from "../account";
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
import { CONCURRENCY, hashFolder, type Hashes, type Selection } from "./localFolder";
import { isNormalizedAbsolute } from "../session/mounts";
import { patternProblem } from "./patterns";
import { Progress } from "../support/progress";
import { forEachConcurrently } from "../../../common/concurrency";
import { deadline, abortAt } from "../support/timeouts";

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

interface ContextFolderInputs extends CommonInputs, Selection {
    contextId: string;
    path: string;
    overwrite: boolean;
    /** What the folder holds. */
    files: Hashes;
}

interface ContextFolderState extends ContextFolderInputs {
    /** What the context holds of it. An empty hash: an upload of which it is not known how far it came. */
    files: Hashes;
    fileCount: number;
    totalSize: number;
    /** Size and time of each file as AGB lists it, by which a change shows. */
    __listed: Record<string, string>;
}

/** How long AGB may take to list files that it has taken, in milliseconds. */
const LISTING_TIMEOUT_MS = 60_000;
/** How many files a message names. */
const MAX_LISTED = 3;

export const contextFolderHandlers: Handlers<ContextFolderInputs, ContextFolderState, Promise<CheckResult>> = {
    async check({ news: { files: _files, ...news } }): Promise<CheckResult> {
        const { inputs, failures } = checkInputs(contextFolderInputsSchema, news, folderFailures);
        if (failures.length > 0) return { inputs, failures };
        const selection = inputs as unknown as Selection;
        if ([selection.source, selection.include, selection.exclude].flat().some((value: unknown) => value === unknown))
            return { inputs: { ...inputs, files: unknown }, failures };
        try {
            const files = await hashFolder(selection);
            const warnings =
                Object.keys(files).length > 0
                    ? []
                    : [
                          `${displayName("ContextFolder", inputs)}: there is no file in "${selection.source}" that the patterns let through, so it keeps none in the context.`,
                      ];
            return { inputs: { ...inputs, files }, failures, warnings };
        } catch (error) {
            return {
                inputs,
                failures: [{ property: "source", reason: error instanceof Error ? error.message : String(error) }],
            };
        }
    },

    diff({ state, inputs }): Diff {
        const replaces = [
            ...(state.contextId === inputs.contextId ? [] : ["contextId"]),
            ...(trimTrailingSlash(state.path) === trimTrailingSlash(inputs.path) ? [] : ["path"]),
        ];
        const settings = ({ source, include, exclude, overwrite, files }: ContextFolderInputs) =>
            JSON.stringify([source, include, exclude, overwrite, Object.entries(files).sort()], replaceUnknown);
        return {
            changes: replaces.length > 0 || settings(state) !== settings(inputs),
            replaces,
            deleteBeforeReplace: false,
        };
    },

    async create({ inputs, account }) {
        return { id: idOf(inputs), state: await reconcile({}, inputs, account, "create") };
    },

    async read({ state: { files = {}, __listed: known = {}, ...kept }, account }) {
        const folder = kept as ContextFolderState;
        const listing = await listed(folder, account);
        if (!listing) return undefined;
        const present = Object.keys(files).filter((file) => listing.has(file));
        const changed = present.filter((file) => fingerprint(listing.get(file)) !== known[file]);
        if (changed.length > 0)
            account.reporter.milestone(
                `${folder.__origin?.name ?? folder.path}: ${pluralize(changed)} changed, reading them`,
            );
        const now = new Map<string, string>();
        await forEachConcurrently(changed, CONCURRENCY, async (file) => {
            now.set(
                file,
                (await digestOf(await account.agb.downloadContextFile(folder.contextId, pathInContext(folder, file))))
                    .hash,
            );
        });
        return {
            state: stateOf(
                folder,
                Object.fromEntries(present.map((file) => [file, now.get(file) ?? files[file] ?? ""])),
                listing,
            ),
        };
    },

    async update({ state, inputs, account }) {
        return { state: await reconcile(state.files, inputs, account, "update") };
    },

    async delete({ state, account }) {
        await withErrorContext(`${subject(state)} could not be deleted`, () =>
            remove(Object.keys(state.files), state, account),
        );
    },
};

/** Uploads what is new or different, removes what is gone, and says what the context holds then. */
async function reconcile(
    held: Hashes,
    inputs: ContextFolderInputs,
    account: Account,
    operation: "create" | "update",
): Promise<ContextFolderState> {
    const until = deadline(inputs, operation);
    const { files } = inputs;
    const attempted = `${subject(inputs)} could not be ${operation === "create" ? "uploaded" : "updated"}`;
    const toPut = Object.keys(files).filter((file) => held[file] !== files[file]);
    await assertNotExisting(
        toPut.filter((file) => !(file in held)),
        inputs,
        account,
        attempted,
    );

    const there: Hashes = { ...held };
    const progress = new Progress(inputs, account.reporter);
    let done = 0;
    try {
        const signal = abortAt(until);
        await forEachConcurrently(toPut, CONCURRENCY, async (file) => {
            account.filesWritten.add(fileId(inputs, file));
            try {
                there[file] = (
                    await account.agb.uploadContextFile(
                        inputs.contextId,
                        pathInContext(inputs, file),
                        { file: join(resolve(inputs.source), file) },
                        { signal },
                    )
                ).hash;
            } catch (error) {
                // It may be there in part: the next deployment uploads it again, and a destroy removes it.
                if (mayHaveTakenEffect(error)) there[file] = "";
                throw new Error(`"${file}": ${error instanceof Error ? error.message : String(error)}`, {
                    cause: error,
                });
            }
            progress.update(`${++done} of ${toPut.length} files uploaded`);
        });
        const gone = Object.keys(held).filter((file) => !(file in files));
        await remove(gone, inputs, account);
        for (const file of gone) Reflect.deleteProperty(there, file);
        progress.end();
        return stateOf(inputs, there, await waitUntilListed(there, inputs, account, until));
    } catch (error) {
        const failed = wrapError(
            `${attempted} whole (${done} of ${toPut.length} files got through)`,
            error,
            "Run `pulumi up` again to go on with the rest, or allow more time with customTimeouts.",
        );
        if (Object.keys(there).length === 0) throw failed;
        throw new PartialFailure(idOf(inputs), stateOf(inputs, there, new Map()), failed.message);
    }
}

async function assertNotExisting(
    added: string[],
    inputs: ContextFolderInputs,
    account: Account,
    attempted: string,
): Promise<void> {
    if (added.length === 0) return;
    const twice = added.filter((file) => account.filesWritten.has(fileId(inputs, file)));
    if (twice.length > 0)
        throw new Error(
            `${attempted}: another resource has just put ${formatSome(twice)} there. Two resources cannot stand for one file: give one of them another path.`,
        );
    if (inputs.overwrite) return;
    const listing = await withErrorContext(attempted, () => list(inputs, account));
    const present = added.filter((file) => listing.has(file));
    if (present.length > 0)
        throw new Error(
            `${attempted}: the context has ${formatSome(present)} already; perhaps a session uploaded it, or an interrupted run. Set overwrite: true to replace what is there, or choose another path.`,
        );
}

/** Removes files from the context; those that are gone already, or that another resource has put there since, are fine. */
async function remove(files: string[], folder: ContextFolderInputs, account: Account): Promise<void> {
    const failures = new Map<string, unknown>();
    await forEachConcurrently(
        files.filter((file) => !account.filesWritten.has(fileId(folder, file))),
        CONCURRENCY,
        async (file) => {
            await account.agb
                .deleteContextFile(folder.contextId, pathInContext(folder, file))
                .catch((error: unknown) => failures.set(file, error));
        },
    );
    if (failures.size === 0) return;
    const listing = await listed(folder, account);
    for (const [file, error] of failures) {
        if (listing?.has(file))
            throw new Error(`"${file}" was not removed: ${error instanceof Error ? error.message : String(error)}`, {
                cause: error,
            });
    }
}

/** The folder's files as AGB lists them once it lists all of these. */
async function waitUntilListed(
    files: Hashes,
    folder: ContextFolderInputs,
    account: Account,
    until: number,
): Promise<Map<string, WireContextFile>> {
    const paths = Object.keys(files);
    if (paths.length === 0) return new Map();
    const listing = await pollUntil(
        async () => {
            const found = await list(folder, account);
            return paths.every((file) => found.has(file)) ? found : undefined;
        },
        { deadline: Math.min(until, Date.now() + LISTING_TIMEOUT_MS) },
    );
    if (!listing) throw new Error("AGB took all files, but does not list them all.");
    return listing;
}

/** The same; `undefined` where the context is gone. */
async function listed(
    folder: ContextFolderInputs,
    account: Account,
): Promise<Map<string, WireContextFile> | undefined> {
    try {
        return await list(folder, account);
    } catch (error) {
        if (error instanceof AgbApiError && !(await findContext(account.agb, { id: folder.contextId })))
            return undefined;
        throw error;
    }
}

async function list(folder: ContextFolderInputs, { agb }: Account): Promise<Map<string, WireContextFile>> {
    const files = new Map<string, WireContextFile>();
    const above = `${trimTrailingSlash(folder.path)}/`;
    for await (const file of agb.walkContextFiles(folder.contextId, trimTrailingSlash(folder.path)))
        files.set(file.filePath.slice(above.length), file);
    return files;
}

function stateOf(
    { contextId, path, source, include, exclude, overwrite, __origin, __timeouts }: ContextFolderInputs,
    files: Hashes,
    listing: Map<string, WireContextFile>,
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

const idOf = ({ contextId, path }: ContextFolderInputs) => `${contextId}:${trimTrailingSlash(path)}`;
const pathInContext = ({ path }: ContextFolderInputs, file: string) => `${trimTrailingSlash(path)}/${file}`;
const fileId = (folder: ContextFolderInputs, file: string) => `${folder.contextId}:${pathInContext(folder, file)}`;
const subject = (inputs: ContextFolderInputs) =>
    `${displayName("ContextFolder", inputs)} (${inputs.path} in context ${inputs.contextId})`;
const fingerprint = (file: WireContextFile | undefined) => (file ? `${file.size ?? ""} ${file.gmtModified ?? ""}` : "");
const trimTrailingSlash = (path: string) => (typeof path === "string" ? path.replace(/\/+$/, "") : path);
const replaceUnknown = (_key: string, value: unknown) => (value === unknown ? "unknown" : value);
const pluralize = (files: string[]) => (files.length === 1 ? "1 file has" : `${files.length} files have`);
const formatSome = (files: string[]) =>
    files
        .slice(0, MAX_LISTED)
        .map((file) => `"${file}"`)
        .join(", ") + (files.length > MAX_LISTED ? ` and ${files.length - MAX_LISTED} others` : "");

function folderFailures({ path, include, exclude }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = [];
    if (typeof path === "string" && path !== "" && (!isNormalizedAbsolute(path) || path === "/")) {
        failures.push({
            property: "path",
            reason: `"${path}" must be the absolute path of a folder as sessions will see it, without "." or "..", such as "/home/work/data"`,
        });
    }
    for (const [name, given] of Object.entries({ include, exclude })) {
        if (!Array.isArray(given)) continue;
        given.forEach((pattern: unknown, i) => {
            const reason = typeof pattern === "string" && pattern !== "" ? patternProblem(pattern) : undefined;
            if (reason) failures.push({ property: `${name}[${i}]`, reason });
        });
    }
    return failures;
}
