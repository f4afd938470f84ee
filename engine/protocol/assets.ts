/** Adds content hashes to assets and archives, so that the engine detects changes. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, posix, resolve } from "node:path";

import { isMap } from "../model/values";
import { ARCHIVE, ASSET, type PropertyMap, type PropertyValue, SIGNATURE } from "../model/types";

/** Resolves relative paths against the directory. Assets that already have a hash keep it. */
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
        return withoutClassMarkers({ ...visited, hash: known ?? (await hashOf(contents)) });
    };
    return (await visit(map)) as PropertyMap;
}

/** Removes the marker properties of the SDK's asset classes. */
const withoutClassMarkers = (asset: PropertyMap): PropertyMap =>
    Object.fromEntries(Object.entries(asset).filter(([key]) => !key.startsWith("__pulumi")));

type Contents = AsyncIterable<Buffer>;

async function hashOf(contents: Contents): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of contents) hash.update(chunk);
    return hash.digest("hex");
}

async function* assetContents(asset: PropertyMap, directory: string): Contents {
    if (typeof asset.text === "string") yield Buffer.from(asset.text);
    else if (typeof asset.path === "string") yield* createReadStream(resolve(directory, asset.path)) as Contents;
    else if (typeof asset.uri === "string") yield* download(asset.uri);
}

async function* download(uri: string): Contents {
    const response = await fetch(uri);
    if (!response.ok || response.body === null) {
        throw new Error(`the asset ${uri} could not be downloaded: ${response.status} ${response.statusText}`);
    }
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) yield Buffer.from(chunk);
}

const ARCHIVE_FILE = /\.(tar|tgz|tar\.gz|zip|jar)$/;

/** Hashes an archive file as it is, and a folder or a map of assets as the tar file that Pulumi would create from it. */
async function* archiveContents(archive: PropertyMap, directory: string): Contents {
    const { path: file, uri } = archive;
    if (typeof file === "string" && ARCHIVE_FILE.test(file)) {
        yield* createReadStream(resolve(directory, file)) as Contents;
    } else if (typeof uri === "string") yield* download(uri);
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
        yield* folderEntries(resolve(directory, archive.path), prefix);
        return;
    }
    const assets = isMap(archive.assets) ? archive.assets : {};
    for (const name of Object.keys(assets).sort()) {
        const member = assets[name];
        if (!isMap(member)) continue;
        const full = posix.join(prefix, name);
        if (member[SIGNATURE] === ARCHIVE) yield* entriesOf(member, directory, full);
        else yield await assetEntry(member, directory, full);
    }
}

async function assetEntry(asset: PropertyMap, directory: string, name: string): Promise<Entry> {
    if (typeof asset.text === "string") {
        return { name, size: Buffer.byteLength(asset.text), contents: assetContents(asset, directory) };
    }
    if (typeof asset.path === "string") {
        return {
            name,
            size: (await stat(resolve(directory, asset.path))).size,
            contents: assetContents(asset, directory),
        };
    }
    const chunks: Buffer[] = [];
    for await (const chunk of assetContents(asset, directory)) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    return {
        name,
        size: content.length,
        contents: (async function* () {
            yield Promise.resolve(content);
        })(),
    };
}

async function* folderEntries(folder: string, prefix: string): AsyncIterable<Entry> {
    const names = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const item of names) {
        const full = join(folder, item.name);
        const name = posix.join(prefix, item.name);
        if (item.isDirectory()) yield* folderEntries(full, name);
        else yield { name, size: (await stat(full)).size, contents: createReadStream(full) as Contents };
    }
}

async function* tarEntry({ name, size, contents }: Entry): Contents {
    yield tarHeader(name, size);
    yield* contents;
    yield Buffer.alloc((512 - (size % 512)) % 512);
}

/** The header that Go's tar writer produces, with mode 0600 and no modification time. */
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
