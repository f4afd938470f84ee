/** A local folder kept in a context, compared file by file by the hash of the content. */
import { forEachConcurrently } from "../../../common/concurrency";
import { errorMessage } from "../../../common/errorMessage";
import { digestOf } from "../../agb/index";
import { contextFolderDefinition } from "../../definitions/contextFolder";
import type { Account } from "../account";
import { unknown, type CheckResult, type Failure, type Handlers, type MaybeUnknownFields } from "../contract";
import { declarations } from "../declared/declarations";
import { displayName } from "../origin";
import { diffInputs } from "../support/diff";
import { withErrorContext } from "../support/errors";
import { checkInputs } from "../support/inputs";
import { isNormalizedAbsolute, trimTrailingSlash } from "../support/paths";
import {
    contextFolderInputsSchema,
    fingerprint,
    idOf,
    pathInContext,
    stateOf,
    subject,
    type ContextFolderInputs,
    type ContextFolderState,
    type Folder,
} from "./folderState";
import { deleteFiles, findFiles, reconcile } from "./folderSync";
import { CONCURRENCY, hashFolder, type Hashes, type Selection } from "./localFolder";
import { patternProblem } from "./patterns";

export const contextFolderHandlers: Handlers<ContextFolderInputs, ContextFolderState, Promise<CheckResult>, "files"> = {
    definition: contextFolderDefinition,

    async check({ news }): Promise<CheckResult> {
        const { inputs, failures, valid } = checkInputs(contextFolderInputsSchema, news, folderFailures);
        if (!valid) return { inputs, failures };
        const selection = knownSelection(valid);
        if (!selection) return { inputs: { ...inputs, files: unknown }, failures };
        try {
            const files = await hashFolder(selection);
            const warnings =
                Object.keys(files).length > 0
                    ? []
                    : [
                          `${displayName("ContextFolder", valid)}: no file in "${selection.source}" matches the patterns, so the context gets no files from it.`,
                      ];
            return { inputs: { ...inputs, files }, failures, warnings: [...warnings, ...declare(valid, files)] };
        } catch (error) {
            return { inputs, failures: [{ property: "source", reason: errorMessage(error) }] };
        }
    },

    diff: ({ state, inputs }) =>
        diffInputs<ContextFolderInputs>(contextFolderDefinition, state, inputs, { path: isSamePath }),

    async create({ inputs, account }) {
        return { id: idOf(inputs), state: await reconcile({}, inputs, account, "create") };
    },

    async read({ state, account }) {
        const { files = {}, __listed: known = {} } = state;
        const folder = state as ContextFolderState;
        const listing = await findFiles(folder, account);
        if (!listing) return undefined;
        const present = Object.keys(files).filter((file) => listing.has(file));
        const changed = present.filter((file) => fingerprint(listing.get(file)) !== known[file]);
        const hashes = await hashRemoteFiles(changed, folder, account);
        const current = present.map((file) => [file, hashes.get(file) ?? files[file] ?? ""]);
        return { state: stateOf(folder, Object.fromEntries(current) as Hashes, listing) };
    },

    async update({ state, inputs, account }) {
        return { state: await reconcile(state.files, inputs, account, "update") };
    },

    async delete({ state, account }) {
        await withErrorContext(`${subject(state)} could not be deleted`, () =>
            deleteFiles(Object.keys(state.files), state, account),
        );
    },
};

/** Warnings about other resources that may overwrite or remove the files. */
function declare(folder: MaybeUnknownFields<Folder>, hashes: Hashes): string[] {
    const { contextId, path } = folder;
    if (contextId === unknown || path === unknown) return [];
    return declarations.addContent("ContextFolder", folder, { contextId, path, files: Object.keys(hashes) });
}

/** What selects the files, if all of it is known. */
function knownSelection({ source, include, exclude }: MaybeUnknownFields<Folder>): Selection | undefined {
    const isKnown = <T>(value: T): value is Exclude<T, typeof unknown> => value !== unknown;
    if (!isKnown(source) || !isKnown(include) || !isKnown(exclude)) return undefined;
    return include.every(isKnown) && exclude.every(isKnown) ? { source, include, exclude } : undefined;
}

/** The path is unknown if the context that it comes from is about to be replaced. */
const isSamePath = (before: unknown, after: unknown): boolean =>
    typeof before === "string" && typeof after === "string" && trimTrailingSlash(before) === trimTrailingSlash(after);

async function hashRemoteFiles(files: string[], folder: Folder, account: Account): Promise<Map<string, string>> {
    const hashes = new Map<string, string>();
    if (files.length === 0) return hashes;
    account.reporter.milestone(`${folder.__origin?.name ?? folder.path}: ${pluralize(files)} changed, reading them`);
    await forEachConcurrently(files, CONCURRENCY, async (file) => {
        const content = await account.agb.downloadContextFile(folder.contextId, pathInContext(folder, file));
        hashes.set(file, (await digestOf(content)).hash);
    });
    return hashes;
}

const pluralize = (files: string[]) => (files.length === 1 ? "1 file has" : `${files.length} files have`);

function folderFailures({ path, include, exclude }: Record<string, unknown>): Failure[] {
    const failures: Failure[] = [];
    if (typeof path === "string" && path !== "" && (!isNormalizedAbsolute(path) || path === "/")) {
        failures.push({
            property: "path",
            reason: `"${path}" must be the absolute path of a folder as sessions will see it, without "." or "..", such as "/home/work/data"`,
        });
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
