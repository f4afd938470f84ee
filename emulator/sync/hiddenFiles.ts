/** Files of a context that links in a session hide: links are not uploaded, so the context keeps the files. */
import type { Tree } from "../disk/tree";

const MAX_NAMED = 3;

/** The paths that are at or below a link or device. */
export function hiddenBy(specials: ReadonlySet<string>, paths: Iterable<string>): string[] {
    if (specials.size === 0) return [];
    return [...paths].filter((path) => {
        for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
            if (specials.has(path.slice(0, end))) return true;
        }
        return specials.has(path);
    });
}

/** The first link or device on the way from a folder to one below it, if any. */
export async function specialOnTheWay(tree: Tree, base: string, folder: string): Promise<string | undefined> {
    for (let end = folder.indexOf("/", base.length + 1); ; end = folder.indexOf("/", end + 1)) {
        const path = end < 0 ? folder : folder.slice(0, end);
        if (path.length <= base.length) return undefined;
        const { specials } = await tree.children(path.slice(0, path.lastIndexOf("/")));
        if (specials.includes(path)) return path;
        if (end < 0) return undefined;
    }
}

/** Fails an upload that has left files of the context as they were. `base` is the folder of the mount. */
export function assertNotHidden(paths: readonly string[], base: string): void {
    if (paths.length === 0) return;
    const named = paths.slice(0, MAX_NAMED).map((path) => `/${base}/${path}`);
    const others = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : "";
    throw new Error(
        `${named.join(", ")}${others}: replaced by a link or device, which cannot be uploaded, so the context keeps what it had`,
    );
}
