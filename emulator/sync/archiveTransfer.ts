/** Copies between a mount in archive mode and the archive that its context holds. */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Mount } from "../account";
import type { ContextFiles } from "../disk/contextFiles";
import { messageWithoutPaths } from "../messageWithoutPaths";
import { ARCHIVE_NAME, isArchive, namesIn, pack, unpack } from "./archive";
import { hasSameBytes, type Side } from "./copy";
import { assertNotHidden, hiddenBy } from "./hiddenFiles";
import { allowlist, relative } from "./plan";

const DEFAULT_FILE_MODE = 0o644;

interface Sides {
    from: Side;
    to: Side;
}

/**
 * Replaces the archive of a mount, unless it would stay the same. `paths` are the mount's files, `specials` its links and
 * devices. Returns whether the context has changed.
 */
export async function uploadArchive(
    files: ContextFiles,
    mount: Mount,
    { from, to }: Sides,
    { paths, specials }: { paths: string[]; specials: ReadonlySet<string> },
): Promise<boolean> {
    const { policy, contextId } = mount;
    const isAllowed = allowlist(policy.bwList);
    const stored = (await to.tree.files(to.path(""))).map(({ path }) => path.slice(to.path("").length + 1));
    const kept = specials.size === 0 ? [] : [...stored, ...(await namesInArchive(to, ARCHIVE_NAME))];
    assertNotHidden(hiddenBy(specials, kept.filter(isAllowed)), relative(mount.path));
    const packed = paths.filter(isAllowed).sort();
    if (packed.includes(ARCHIVE_NAME) && (await digest(from, ARCHIVE_NAME)) === mount.sourceArchive) {
        // The archive was downloaded and left as it was: its contents are next to it, or it was not extracted.
        if (!policy.extractPolicy.extract && packed.length === 1) return false;
        if (policy.extractPolicy.extract) packed.splice(packed.indexOf(ARCHIVE_NAME), 1);
    }
    const draft = files.draft();
    let hasChanged = false;
    try {
        await pack(packed, from, draft);
        hasChanged = !(await hasContent(to, ARCHIVE_NAME, draft));
        if (hasChanged) await files.commitDraft(contextId, to.path(ARCHIVE_NAME), draft);
    } finally {
        await unlink(draft).catch(() => undefined);
    }
    for (const path of policy.deletePolicy.syncLocalFile ? stored : []) {
        if (path !== ARCHIVE_NAME && (isAllowed(path) || isArchive(path))) {
            hasChanged = (await files.removeFile(contextId, to.path(path))) || hasChanged;
        }
    }
    return hasChanged;
}

/** Extracts the archives among the available files, and leaves in `available` the files that are to be copied. */
export async function downloadArchives(
    files: ContextFiles,
    mount: Mount,
    sides: Sides,
    available: Map<string, number>,
): Promise<void> {
    const { extract, deleteSrcFile } = mount.policy.extractPolicy;
    const archives = [...available.keys()].filter(isArchive).sort();
    for (const path of extract ? archives : []) {
        const extracted = await extractArchive(files, mount, sides, path);
        // A file of the user may have the name of the archive that it was packed in.
        if (deleteSrcFile || (path === ARCHIVE_NAME && extracted.has(ARCHIVE_NAME))) available.delete(path);
    }
    if (available.has(ARCHIVE_NAME)) {
        const sourceArchive = await digest(sides.from, ARCHIVE_NAME);
        if (sourceArchive !== undefined) mount.sourceArchive = sourceArchive;
    }
}

/** Returns the paths of the extracted files, relative to the mount. */
async function extractArchive(
    files: ContextFiles,
    mount: Mount,
    { from, to }: Sides,
    path: string,
): Promise<Set<string>> {
    const isAllowed = allowlist(mount.policy.bwList);
    const isInPlace = mount.policy.extractPolicy.extractToCurrentFolder && path.includes("/");
    const extracted = new Set<string>();
    const archive = await from.tree.read(from.path(path));
    if (archive === undefined) return extracted;
    try {
        await unpack(archive, async (name, mode, content) => {
            const target = isInPlace ? `${dirname(path)}/${name}` : name;
            if (!isAllowed(target)) return;
            const draft = files.draft();
            try {
                const fileMode = mode === 0 ? DEFAULT_FILE_MODE : mode;
                await pipeline(await content(), createWriteStream(draft, { mode: fileMode }));
                await to.tree.moveInto(draft, to.path(target));
                extracted.add(target);
            } finally {
                await unlink(draft).catch(() => undefined);
            }
        });
    } catch (error) {
        throw new Error(`/${from.path(path)}: ${messageWithoutPaths(error)}`, { cause: error });
    } finally {
        await archive.close();
    }
    return extracted;
}

/** The names in an archive; none if it does not exist or is damaged. */
async function namesInArchive(side: Side, path: string): Promise<string[]> {
    const archive = await side.tree.read(side.path(path));
    try {
        return archive === undefined ? [] : await namesIn(archive);
    } catch {
        return [];
    } finally {
        await archive?.close();
    }
}

/** Whether a file exists with the content of a draft. */
async function hasContent(side: Side, path: string, draft: string): Promise<boolean> {
    const stored = await side.tree.read(side.path(path));
    if (stored === undefined) return false;
    try {
        const packed = await open(draft);
        try {
            return await hasSameBytes(packed, stored);
        } finally {
            await packed.close();
        }
    } finally {
        await stored.close();
    }
}

async function digest(side: Side, path: string): Promise<string | undefined> {
    const handle = await side.tree.read(side.path(path));
    if (handle === undefined) return undefined;
    const hash = createHash("sha256");
    for await (const chunk of handle.createReadStream()) hash.update(chunk as Buffer);
    return hash.digest("hex");
}
