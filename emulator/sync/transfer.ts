/** Copies between a context and a folder of a session according to the mount's policy. */
import { unlink } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { dirname, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { UploadMode } from "../../provider/agb/policy";
import type { Account, Mount } from "../account";
import { contextNotFound, uploadModeMismatch } from "../apiError";
import type { ContextFiles } from "../disk/contextFiles";
import { Tree } from "../disk/tree";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { ARCHIVE_NAME, isArchive, pack, unpack } from "./archive";
import { copyFiles, type Side } from "./copy";
import { allowlist, planCopy, relative } from "./plan";

const DEFAULT_FILE_MODE = 0o644;

const join = (...components: string[]): string => components.filter((component) => component !== "").join("/");

/** All paths are without a leading slash. */
export class Transfer {
    readonly #account: Account;
    readonly #files: ContextFiles;

    constructor(account: Account, files: ContextFiles) {
        this.#account = account;
        this.#files = files;
    }

    /** Copies from the session's mount, or a folder below it, to the context. */
    async upload(root: string, mount: Mount, folder = mount.path): Promise<void> {
        const { policy } = mount;
        const base = relative(mount.path);
        const session = await Tree.open(root);
        // An empty mount means that everything was deleted. A missing one means nothing.
        if (!(await session.hasFolder(base))) {
            throw new Error(`the folder ${mount.path} no longer exists, so there is nothing to upload`);
        }
        const context = await this.#files.tree(mount.contextId);
        await this.#ensureUploadMode(mount, context);
        const sides = { from: side(session, base), to: side(context, base) };
        if (policy.uploadPolicy.uploadMode === UploadMode.Archive) return this.#uploadArchive(mount, sides);
        const plan = planCopy(
            await fileSizes(session, base, relative(folder)),
            await fileSizes(context, base, relative(folder)),
            allowlist(policy.bwList),
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

    /** Copies from the context to the session's mount, or a folder below it. Deletes nothing in the session. */
    async download(root: string, mount: Mount, folder = mount.path): Promise<void> {
        const { policy } = mount;
        const base = relative(mount.path);
        const session = await Tree.open(root);
        await session.createFolder(base);
        const context = await this.#files.tree(mount.contextId);
        // Data that an earlier session wrote at the mapped path comes first. Data from the mount's own path overwrites it.
        const sources = [...(policy.mappingPolicy ? [relative(policy.mappingPolicy.path)] : []), base];
        for (const source of sources) {
            const sourceFolder = join(source, relative(folder).slice(base.length + 1));
            const sides = { from: side(context, source), to: side(session, base) };
            const available = await fileSizes(context, source, sourceFolder);
            if (policy.uploadPolicy.uploadMode === UploadMode.Archive && policy.extractPolicy.extract) {
                for (const path of [...available.keys()].filter(isArchive).sort()) {
                    await this.#extract(mount, sides, path);
                    if (policy.extractPolicy.deleteSrcFile) available.delete(path);
                }
            }
            const existing = await fileSizes(session, base, relative(folder));
            await copyFiles(
                planCopy(available, existing, allowlist(policy.bwList), false),
                sides.from,
                sides.to,
                () => this.#files.draft(),
                (draft, path) => session.moveInto(draft, path),
            );
        }
    }

    async #uploadArchive(mount: Mount, { from, to }: { from: Side; to: Side }): Promise<void> {
        const { policy, contextId } = mount;
        const isAllowed = allowlist(policy.bwList);
        const base = relative(mount.path);
        const stored = await fileSizes(to.tree, base);
        const paths = [...(await fileSizes(from.tree, base)).keys()].filter(isAllowed).sort();
        const draft = this.#files.draft();
        try {
            // An archive that was extracted but not deleted is still in the mount, next to its contents.
            const packed = policy.extractPolicy.extract
                ? paths.filter((path) => !(isArchive(path) && stored.has(path)))
                : paths;
            const isUnextracted =
                !policy.extractPolicy.extract &&
                packed.length === 1 &&
                packed[0] === ARCHIVE_NAME &&
                stored.has(ARCHIVE_NAME);
            if (isUnextracted) return;
            await pack(packed, from, draft);
            await this.#files.commitDraft(contextId, to.path(ARCHIVE_NAME), draft);
        } finally {
            await unlink(draft).catch(() => undefined);
        }
        for (const path of policy.deletePolicy.syncLocalFile ? stored.keys() : []) {
            if (path !== ARCHIVE_NAME && (isAllowed(path) || isArchive(path))) {
                await this.#files.removeFile(contextId, to.path(path));
            }
        }
    }

    async #extract(mount: Mount, { from, to }: { from: Side; to: Side }, path: string): Promise<void> {
        const isAllowed = allowlist(mount.policy.bwList);
        const targetFolder =
            mount.policy.extractPolicy.extractToCurrentFolder && path.includes("/") ? dirname(path) : "";
        const archive = await from.tree.read(from.path(path));
        if (archive === undefined) return;
        try {
            await unpack(archive, async (name, mode, content) => {
                const target = join(targetFolder, name);
                if (!isAllowed(target)) return;
                const draft = this.#files.draft();
                try {
                    const fileMode = mode === 0 ? DEFAULT_FILE_MODE : mode;
                    await pipeline(await content(), createWriteStream(draft, { mode: fileMode }));
                    await to.tree.moveInto(draft, to.path(target));
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

    /** A context that contains data stores it in the mode of the first upload. */
    async #ensureUploadMode({ contextId, policy }: Mount, tree: Tree): Promise<void> {
        const context = this.#account.contexts.get(contextId);
        if (context === undefined) throw contextNotFound(contextId);
        const { uploadMode } = policy.uploadPolicy;
        if (context.uploadMode === uploadMode) return;
        if (context.uploadMode !== undefined && !(await tree.isEmpty())) {
            throw uploadModeMismatch(context.name, context.uploadMode, uploadMode);
        }
        context.uploadMode = uploadMode;
        await this.#account.saveContext(context);
    }
}

const side = (tree: Tree, base: string): Side => ({ tree, path: (relativePath) => posix.join(base, relativePath) });

/** The sizes of all files below a folder, by their path relative to `base`. */
async function fileSizes(tree: Tree, base: string, folder = base): Promise<Map<string, number>> {
    return new Map((await tree.files(folder)).map(({ path, size }) => [path.slice(base.length + 1), size]));
}
