/** A folder of this machine, as far as patterns let its files through. */
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { digestOf } from "../../agb/index";
import { matcher } from "./patterns";
import { forEachConcurrently } from "../../../common/concurrency";

/** How many files of a folder are read or transferred at the same time. */
export const CONCURRENCY = 8;

export interface Selection {
    source: string;
    include: string[];
    exclude: string[];
}

/** Files by their path relative to the folder, with slashes, each with the sha256 of its content. */
export type Hashes = Record<string, string>;

/** Every file of the folder that the patterns leave, hashed. Throws, in words for the user, where something is no file that can be read. */
export async function hashFolder({ source, include, exclude }: Selection): Promise<Hashes> {
    const root = resolve(source);
    if (!(await stat(root).catch(() => undefined))?.isDirectory())
        throw new Error(`"${source}" is not a folder that is there (${root})`);
    const included = matcher(include),
        excluded = matcher(exclude);
    const found: string[] = [];

    const walk = async (folder: string) => {
        for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
            const file = folder === "" ? entry.name : `${folder}/${entry.name}`;
            if (excluded(file)) continue;
            if (entry.isDirectory()) await walk(file);
            else if (!included(file)) continue;
            // A link to a file stands for that file. One to a folder might lead out of the folder, or round in a circle.
            else if ((await stat(join(root, file)).catch(() => undefined))?.isFile()) found.push(file);
            else
                throw new Error(
                    `"${file}" in "${source}" is ${entry.isSymbolicLink() ? "a link that leads to no file" : "no file"}: exclude it, or put a file or folder in its place`,
                );
        }
    };
    await walk("");

    const hashes = new Map<string, string>();
    await forEachConcurrently(found, CONCURRENCY, async (file) => {
        const { hash } = await digestOf(createReadStream(join(root, file)));
        hashes.set(file, hash);
    });
    return Object.fromEntries(found.sort().map((file) => [file, hashes.get(file) ?? ""]));
}
