/** The files of a local folder that patterns select. */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { digestOfFile } from "../../agb/uploadSource";
import { matcher } from "./patterns";
import { forEachConcurrently } from "../../../common/concurrency";

/** How many files of a folder are read or transferred at the same time. */
export const CONCURRENCY = 32;

export interface Selection {
    source: string;
    include: string[];
    exclude: string[];
}

/** Files by their path relative to the folder, with slashes, each with the sha256 of its content. */
export type Hashes = ReadonlyMap<string, string>;

/** The hash of every selected file. Throws an error for the user if something cannot be read as a file. */
export async function hashFolder({ source, include, exclude }: Selection): Promise<Hashes> {
    const root = resolve(source);
    if (!(await stat(root).catch(() => undefined))?.isDirectory()) {
        throw new Error(`"${source}" does not exist or is not a folder (${root})`);
    }
    const included = matcher(include);
    const excluded = matcher(exclude);
    const found: string[] = [];

    const walk = async (folder: string) => {
        for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
            const file = folder === "" ? entry.name : `${folder}/${entry.name}`;
            if (excluded(file)) continue;
            if (entry.isDirectory()) await walk(file);
            else if (!included(file)) continue;
            // A link to a file counts as that file. A link to a folder could lead out of the folder or into a cycle.
            else if (entry.isFile() || (entry.isSymbolicLink() && (await isLinkToFile(join(root, file))))) {
                found.push(file);
            } else {
                throw new Error(
                    `"${file}" in "${source}" is ${entry.isSymbolicLink() ? "a link that does not lead to a file" : "not a file"}: exclude it, or replace it with a file or folder`,
                );
            }
        }
    };
    await walk("");

    const hashes = new Map<string, string>();
    await forEachConcurrently(found, CONCURRENCY, async (file) => {
        const { hash } = await digestOfFile(join(root, file));
        hashes.set(file, hash);
    });
    return new Map(found.sort().map((file) => [file, hashes.get(file) ?? ""]));
}

const isLinkToFile = (path: string): Promise<boolean> =>
    stat(path).then(
        (target) => target.isFile(),
        () => false,
    );
