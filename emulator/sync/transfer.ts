import { createWriteStream } from "node:fs";
import { unlink } from "node:fs/promises";
import { dirname, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { UploadMode } from "../../provider/agb/policy";
import type { Account, Mount } from "../account";
import type { ContextFiles } from "../disk/contextFiles";
import { Tree } from "../disk/tree";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { contextNotFound, ApiError } from "../apiError";
import { ARCHIVE_NAME, isArchive, pack, unpack } from "./archive";
import { copyFiles, type Side } from "./copy";
import { planCopy, relative, whiteList } from "./plan";

const join = (...parts: string[]): string => parts.filter((part) => part !== "").join("/");

/** Copies between a context and a folder of a session, as the mount's policy says. Paths are without their leading slash. */
export class Transfer {
    readonly #account: Account;
    readonly #files: ContextFiles;
    constructor(account: Account, files: ContextFiles) {
        this.#account = account;
        this.#files = files;
    }

    /** From the session's mount, or a folder below it, to the context. */
    async upload(root: string, mount: Mount, folder = mount.path): Promise<void> {
        const { policy } = mount;
        const base = relative(mount.path);
        const session = await Tree.open(root);
        // An empty mount says that everything was deleted; a missing one says nothing.
        if (!(await session.hasFolder(base)))
            throw new Error(`the folder ${mount.path} is not there any more, so there is nothing to upload`);
        const context = await this.#files.tree(mount.contextId);
        await this.#ensureUploadMode(mount, context);
        const sides = { from: side(session, base), to: side(context, base) };
        if (policy.uploadPolicy.uploadMode === UploadMode.Archive) return this.#uploadArchive(mount, sides);
        const plan = planCopy(
            await sizes(session, base, relative(folder)),
            await sizes(context, base, relative(folder)),
            whiteList(policy.bwList),
            policy.deletePolicy.syncLocalFile,
        );
        for (const path of plan.remove) await this.#files.removeFile(mount.contextId, sides.to.path(path));
        await copyFiles(
            plan,
            sides.from,
            sides.to,
            () => this.#files.draft(),
            (draft, path) => this.#files.commitDraft(mount.contextId, path, draft),
        );
    }

    /** From the context to the session's mount, or a folder below it. Nothing in the session is deleted. */
    async download(root: string, mount: Mount, folder = mount.path): Promise<void> {
        const { policy } = mount;
        const base = relative(mount.path);
        const session = await Tree.open(root);
        await session.makeFolder(base);
        const context = await this.#files.tree(mount.contextId);
        // What an earlier session wrote at the mapped path comes first, and what was uploaded from the mount itself over it.
        const origins = [...(policy.mappingPolicy ? [relative(policy.mappingPolicy.path)] : []), base];
        for (const origin of origins) {
            const under = join(origin, relative(folder).slice(base.length + 1));
            const sides = { from: side(context, origin), to: side(session, base) };
            const found = await sizes(context, origin, under);
            if (policy.uploadPolicy.uploadMode === UploadMode.Archive && policy.extractPolicy.extract) {
                for (const path of [...found.keys()].filter(isArchive).sort()) {
                    await this.#extract(mount, sides, path);
                    if (policy.extractPolicy.deleteSrcFile) found.delete(path);
                }
            }
            const plan = planCopy(found, await sizes(session, base, relative(folder)), whiteList(policy.bwList), false);
            await copyFiles(
                plan,
                sides.from,
                sides.to,
                () => this.#files.draft(),
                (draft, path) => session.place(draft, path),
            );
        }
    }

    async #uploadArchive(mount: Mount, { from, to }: { from: Side; to: Side }): Promise<void> {
        const { policy, contextId } = mount;
        const allowed = whiteList(policy.bwList);
        const base = relative(mount.path);
        const held = await sizes(to.tree, base);
        const paths = [...(await sizes(from.tree, base)).keys()].filter(allowed).sort();
        const draft = this.#files.draft();
        try {
            // An archive that was unpacked and not deleted is still in the mount beside what it held.
            const packed = policy.extractPolicy.extract
                ? paths.filter((path) => !(isArchive(path) && held.has(path)))
                : paths;
            const unopened =
                !policy.extractPolicy.extract &&
                packed.length === 1 &&
                packed[0] === ARCHIVE_NAME &&
                held.has(ARCHIVE_NAME);
            if (unopened) return;
            await pack(packed, from, draft);
            await this.#files.commitDraft(contextId, to.path(ARCHIVE_NAME), draft);
        } finally {
            await unlink(draft).catch(() => undefined);
        }
        for (const path of policy.deletePolicy.syncLocalFile ? held.keys() : []) {
            if (path !== ARCHIVE_NAME && (allowed(path) || isArchive(path)))
                await this.#files.removeFile(contextId, to.path(path));
        }
    }

    async #extract(mount: Mount, { from, to }: { from: Side; to: Side }, path: string): Promise<void> {
        const allowed = whiteList(mount.policy.bwList);
        const target = mount.policy.extractPolicy.extractToCurrentFolder && path.includes("/") ? dirname(path) : "";
        const archive = await from.tree.read(from.path(path));
        if (archive === undefined) return;
        try {
            await unpack(archive, async (name, mode, content) => {
                const planned = join(target, name);
                if (!allowed(planned)) return;
                const draft = this.#files.draft();
                try {
                    await pipeline(await content(), createWriteStream(draft, { mode: mode === 0 ? 0o644 : mode }));
                    await to.tree.place(draft, to.path(planned));
                } finally {
                    await unlink(draft).catch(() => undefined);
                }
            });
        } catch (error) {
            throw new Error(`/${from.path(path)}: ${messageWithoutPaths(error)}`, { cause: error });
        } finally {
            await archive.close();
        }
    }

    /** A context that holds data keeps it in the mode in which the first upload came. */
    async #ensureUploadMode({ contextId, policy }: Mount, tree: Tree): Promise<void> {
        const context = this.#account.contexts.get(contextId);
        if (context === undefined) throw contextNotFound(contextId);
        const { uploadMode } = policy.uploadPolicy;
        if (context.uploadMode === uploadMode) return;
        if (context.uploadMode !== undefined && !(await tree.isEmpty()))
            throw uploadModeMismatch(context.name, context.uploadMode, uploadMode);
        context.uploadMode = uploadMode;
        await this.#account.saveContext(context);
    }
}

export const uploadModeMismatch = (name: string, held: string, wanted: string) =>
    new ApiError(
        "InvalidUploadMode",
        `context ${name} holds data in upload mode ${held}, so it cannot be mounted with upload mode ${wanted}`,
    );

const side = (tree: Tree, base: string): Side => ({ tree, path: (planned) => posix.join(base, planned) });

/** The sizes of all files under a folder, by their path relative to `base`. */
async function sizes(tree: Tree, base: string, under = base): Promise<Map<string, number>> {
    return new Map((await tree.files(under)).map(({ path, size }) => [path.slice(base.length + 1), size]));
}
