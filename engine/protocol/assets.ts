/** Assets and archives get the hash of their contents, by which a change of theirs is noticed. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import * as path from "node:path";

import { isMap } from "../model/values";
import { ARCHIVE, ASSET, type PropertyMap, type PropertyValue, SIGNATURE } from "../model/types";

/** The properties with a hash on every asset; paths are relative to the directory. */
export async function hashAssets(map: PropertyMap, directory: string): Promise<PropertyMap> {
    const visit = async (value: PropertyValue): Promise<PropertyValue> => {
        if (Array.isArray(value)) return Promise.all(value.map(visit));
        if (!isMap(value)) return value;
        const entries = await Promise.all(
            Object.entries(value).map(async ([key, item]) => [key, await visit(item)] as const),
        );
        const visited: PropertyMap = Object.fromEntries(entries);
        if (visited[SIGNATURE] !== ASSET && visited[SIGNATURE] !== ARCHIVE) return visited;
        const known = typeof visited.hash === "string" && visited.hash !== "" ? visited.hash : undefined;
        const contents =
            visited[SIGNATURE] === ASSET ? assetContents(visited, directory) : archiveContents(visited, directory);
        return essentials({ ...visited, hash: known ?? (await hashOf(contents)) });
    };
    return (await visit(map)) as PropertyMap;
}

/** Without the marks that the SDK's classes carry. */
const essentials = (asset: PropertyMap): PropertyMap =>
    Object.fromEntries(Object.entries(asset).filter(([key]) => !key.startsWith("__pulumi")));

type Contents = AsyncIterable<Buffer>;

async function hashOf(contents: Contents): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of contents) hash.update(chunk);
    return hash.digest("hex");
}

async function* assetContents(asset: PropertyMap, directory: string): Contents {
    if (typeof asset.text === "string") yield Buffer.from(asset.text);
    else if (typeof asset.path === "string") yield* createReadStream(path.resolve(directory, asset.path)) as Contents;
    else if (typeof asset.uri === "string") yield* download(asset.uri);
}

async function* download(uri: string): Contents {
    const response = await fetch(uri);
    if (!response.ok || response.body === null)
        throw new Error(`The asset ${uri} could not be read: ${response.status} ${response.statusText}`);
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) yield Buffer.from(chunk);
}

const ARCHIVE_FILE = /\.(tar|tgz|tar\.gz|zip|jar)$/;

/** An archive file is hashed as it is; a folder, or a map of assets, as the tar file that Pulumi would make of it. */
async function* archiveContents(archive: PropertyMap, directory: string): Contents {
    const { path: file, uri } = archive;
    if (typeof file === "string" && ARCHIVE_FILE.test(file))
        yield* createReadStream(path.resolve(directory, file)) as Contents;
    else if (typeof uri === "string") yield* download(uri);
    else {
        const seen = new Set<string>();
        for await (const entry of entriesOf(archive, directory, "")) {
            if (seen.has(entry.name)) continue;
            seen.add(entry.name);
            yield* tarEntry(entry);
        }
        yield Buffer.alloc(1024);
    }
}

interface Entry {
    name: string;
    size: number;
    contents: Contents;
}

async function* entriesOf(archive: PropertyMap, directory: string, prefix: string): AsyncIterable<Entry> {
    if (typeof archive.path === "string") {
        yield* folderEntries(path.resolve(directory, archive.path), prefix);
        return;
    }
    const assets = isMap(archive.assets) ? archive.assets : {};
    for (const name of Object.keys(assets).sort()) {
        const member = assets[name];
        if (!isMap(member)) continue;
        const full = path.posix.join(prefix, name);
        if (member[SIGNATURE] === ARCHIVE) yield* entriesOf(member, directory, full);
        else yield await assetEntry(member, directory, full);
    }
}

async function assetEntry(asset: PropertyMap, directory: string, name: string): Promise<Entry> {
    if (typeof asset.text === "string")
        return { name, size: Buffer.byteLength(asset.text), contents: assetContents(asset, directory) };
    if (typeof asset.path === "string")
        return {
            name,
            size: (await stat(path.resolve(directory, asset.path))).size,
            contents: assetContents(asset, directory),
        };
    const chunks: Buffer[] = [];
    for await (const chunk of assetContents(asset, directory)) chunks.push(chunk);
    const whole = Buffer.concat(chunks);
    return {
        name,
        size: whole.length,
        contents: (async function* () {
            yield Promise.resolve(whole);
        })(),
    };
}

async function* folderEntries(folder: string, prefix: string): AsyncIterable<Entry> {
    const names = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const item of names) {
        const full = path.join(folder, item.name);
        const name = path.posix.join(prefix, item.name);
        if (item.isDirectory()) yield* folderEntries(full, name);
        else yield { name, size: (await stat(full)).size, contents: createReadStream(full) as Contents };
    }
}

async function* tarEntry({ name, size, contents }: Entry): Contents {
    yield tarHeader(name, size);
    yield* contents;
    yield Buffer.alloc((512 - (size % 512)) % 512);
}

/** A header as Go's tar writer makes it, with mode 0600 and no time. */
function tarHeader(name: string, size: number): Buffer {
    const header = Buffer.alloc(512);
    const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
    header.write(name, 0, 100);
    header.write(octal(0o600, 8), 100);
    header.write(octal(0, 8), 108);
    header.write(octal(0, 8), 116);
    header.write(octal(size, 12), 124);
    header.write(octal(0, 12), 136);
    header.write("        ", 148);
    header.write("0", 156);
    header.write("ustar\x0000", 257);
    header.write(octal(0, 8), 329);
    header.write(octal(0, 8), 337);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return header;
}
