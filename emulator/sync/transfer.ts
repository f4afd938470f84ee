/** Copies between a context and a folder of a session according to the mount's policy. */
import { posix } from "node:path";
import { UploadMode } from "../../provider/agb/policy";
import type { Account, Mount } from "../account";
import { contextNotFound } from "../apiError";
import type { ContextFiles } from "../disk/contextFiles";
import { Tree } from "../disk/tree";
import { normalSessionPath } from "../paths";
import { checkUploadMode } from "../uploadModes";
import { downloadArchives, uploadArchive } from "./archiveTransfer";
import { copyFiles, type Side } from "./copy";
import { assertNotHidden, hiddenBy, specialOnTheWay } from "./hiddenFiles";
import { allowlist, planCopy, relative } from "./plan";

const join = (...components: string[]): string => components.filter((component) => component !== "").join("/");

/** All paths are without a leading slash. */
export class Transfer {
    readonly #account: Account;
    readonly #files: ContextFiles;

    constructor(account: Account, files: ContextFiles) {
        this.#account = account;
        this.#files = files;
    }

    /** Copies from the session's mount, or a folder below it, to the context. Returns whether the context has changed. */
    async upload(root: string, mount: Mount, folder = mount.path): Promise<boolean> {
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
        const source = await listing(session, base, relative(folder));
        const blocking = await specialOnTheWay(session, base, relative(folder));
        const specials = new Set([
            ...source.specials,
            ...(blocking === undefined ? [] : [blocking.slice(base.length + 1)]),
        ]);
        if (policy.uploadPolicy.uploadMode === UploadMode.Archive) {
            const entries = { paths: [...source.sizes.keys()], specials };
            const hasChanged = await uploadArchive(this.#files, mount, sides, entries);
            assertDecodable(source.undecodable);
            return hasChanged;
        }
        const isAllowed = allowlist(policy.bwList);
        const { sizes: stored } = await listing(context, base, relative(folder));
        const hidden = hiddenBy(specials, [...stored.keys()].filter(isAllowed));
        for (const path of hidden) stored.delete(path);
        const plan = planCopy(source.sizes, stored, isAllowed, policy.deletePolicy.syncLocalFile);
        for (const path of plan.remove) await this.#files.removeFile(mount.contextId, sides.to.path(path));
        const hasCopied = await copyFiles(
            plan,
            sides.from,
            sides.to,
            () => this.#files.draft(),
            (draft, path) => this.#files.commitDraft(mount.contextId, path, draft),
        );
        assertNotHidden(hidden, base);
        assertDecodable(source.undecodable);
        return hasCopied || plan.remove.length > 0;
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
            const { sizes: available } = await listing(context, source, sourceFolder);
            if (policy.uploadPolicy.uploadMode === UploadMode.Archive) {
                await downloadArchives(this.#files, mount, sides, available);
            }
            const { sizes: existing } = await listing(session, base, relative(folder));
            await copyFiles(
                planCopy(available, existing, allowlist(policy.bwList), false),
                sides.from,
                sides.to,
                () => this.#files.draft(),
                (draft, path) => session.moveInto(draft, path),
            );
        }
    }

    /** Records the upload mode of a folder, which cannot change while it contains data. */
    async #ensureUploadMode({ contextId, path, policy }: Mount, tree: Tree): Promise<void> {
        const context = this.#account.contexts.get(contextId);
        if (context === undefined) throw contextNotFound(contextId);
        const mode = { path: normalSessionPath(path), uploadMode: policy.uploadPolicy.uploadMode };
        if (context.uploadModes[mode.path] === mode.uploadMode) return;
        await checkUploadMode(context, mode, () => Promise.resolve(tree));
        context.uploadModes[mode.path] = mode.uploadMode;
        await this.#account.saveContext(context);
    }
}

/** Called after everything else has been uploaded. */
function assertDecodable([first, ...others]: readonly string[]): void {
    if (first === undefined) return;
    const more = others.length === 0 ? "" : ` (and of ${others.length} more)`;
    throw new Error(`the name of /${first}${more} is not valid UTF-8. All other files were uploaded`);
}

const side = (tree: Tree, base: string): Side => ({ tree, path: (relativePath) => posix.join(base, relativePath) });

/** What is below a folder, by its path relative to `base`: the sizes of files, and links and devices. */
async function listing(
    tree: Tree,
    base: string,
    folder: string,
): Promise<{ sizes: Map<string, number>; specials: string[]; undecodable: string[] }> {
    const { files, specials, undecodable } = await tree.walk(folder);
    return {
        sizes: new Map(files.map(({ path, size }) => [path.slice(base.length + 1), size])),
        specials: specials.map((path) => path.slice(base.length + 1)),
        undecodable,
    };
}
