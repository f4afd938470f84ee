/** The files that contexts hold, as AGB lists them. All resources of a deployment share the listing of a folder for a while. */
import { posix } from "node:path";
import { forEachConcurrently } from "../../../common/concurrency";
import { digestOf, type AgbClient, type WireContextFile } from "../../agb/index";
import { isFolder } from "../../agb/wire";
import { calls } from "../../agb/calls";
import { untilTimeLimit, withoutTimeLimit } from "../../agb/timeLimit";
import type { Account } from "../account";
import { foldersAround } from "./filePaths";
import { CONCURRENCY } from "./localFolder";

/** How long the listing of a folder is reused. */
const LISTING_TTL_MS = 30_000;

/** The direct children of a folder, by their path. */
type Children = ReadonlyMap<string, WireContextFile>;

/** Files as AGB lists them, by their path relative to a folder. */
export type Listing = ReadonlyMap<string, WireContextFile>;

class RemoteFiles {
    readonly #agb: AgbClient;
    readonly #listings = new Map<string, { asked: number; children: Promise<Children> }>();
    readonly #hashes = new Map<string, Promise<string>>();

    constructor(agb: AgbClient) {
        this.#agb = agb;
    }

    /** A file as AGB listed it lately. One that is missing from an earlier listing is looked up again. */
    async find(contextId: string, path: string): Promise<WireContextFile | undefined> {
        return (await this.#find(contextId, path, LISTING_TTL_MS)) ?? this.findNow(contextId, path);
    }

    /** A file as AGB lists it now. */
    async findNow(contextId: string, path: string): Promise<WireContextFile | undefined> {
        return this.#find(contextId, path, 0);
    }

    /** Those of the given files below a folder that AGB listed lately; see `find`. */
    async findAll(contextId: string, root: string, files: readonly string[]): Promise<Listing> {
        const found = await this.#findAll(contextId, root, files, LISTING_TTL_MS);
        return files.every((file) => found.has(file)) ? found : this.findAllNow(contextId, root, files);
    }

    /** Those of the given files below a folder that AGB lists now. */
    async findAllNow(contextId: string, root: string, files: readonly string[]): Promise<Listing> {
        return this.#findAll(contextId, root, files, 0);
    }

    /** The hash of a file's content, which is downloaded once. */
    async hash(contextId: string, file: WireContextFile): Promise<string> {
        const key = JSON.stringify([contextId, file.filePath, fingerprint(file)]);
        const hash = this.#hashes.get(key) ?? withoutTimeLimit(() => this.#download(contextId, file.filePath));
        this.#hashes.set(key, hash);
        hash.catch(() => this.#hashes.delete(key));
        return untilTimeLimit("the download", () => hash);
    }

    async #download(contextId: string, path: string): Promise<string> {
        return (await digestOf(await this.#agb.downloadContextFile(contextId, path))).hash;
    }

    async #find(contextId: string, path: string, maxAgeMs: number): Promise<WireContextFile | undefined> {
        const entry = (await this.#children(contextId, posix.dirname(path), maxAgeMs)).get(path);
        return entry && !isFolder(entry) ? entry : undefined;
    }

    /** Lists only folders that contain one of the files. */
    async #findAll(contextId: string, root: string, files: readonly string[], maxAgeMs: number): Promise<Listing> {
        const wanted = new Set(files);
        const folders = new Set(files.flatMap(foldersAround));
        const found = new Map<string, WireContextFile>();
        for (let level = wanted.size > 0 ? [root] : []; level.length > 0;) {
            const next: string[] = [];
            await forEachConcurrently(level, CONCURRENCY, async (folder) => {
                for (const [path, entry] of await this.#children(contextId, folder, maxAgeMs)) {
                    if (posix.dirname(path) !== folder) continue;
                    const relative = path.slice(root.length + 1);
                    if (isFolder(entry)) {
                        if (folders.has(relative)) next.push(path);
                    } else if (wanted.has(relative)) found.set(relative, entry);
                }
            });
            level = next;
        }
        return found;
    }

    #children(contextId: string, folder: string, maxAgeMs: number): Promise<Children> {
        const key = JSON.stringify([contextId, folder]);
        const known = this.#listings.get(key);
        if (known && Date.now() - known.asked < maxAgeMs) return wait(known.children);
        const listing = {
            asked: Date.now(),
            children: withoutTimeLimit(() => this.#list(contextId, folder)),
        };
        this.#listings.set(key, listing);
        listing.children.catch(() => this.#listings.delete(key));
        return wait(listing.children);
    }

    async #list(contextId: string, folder: string): Promise<Children> {
        const children = new Map<string, WireContextFile>();
        for await (const entry of this.#agb.listContextFolder(contextId, folder)) {
            children.set(entry.filePath.replace(/(?<=.)\/$/, ""), entry);
        }
        return children;
    }
}

const wait = (children: Promise<Children>) => untilTimeLimit(calls.contextFiles.name, () => children);

const byAccount = new WeakMap<Account, RemoteFiles>();

export function remoteFilesOf(account: Account): RemoteFiles {
    const known = byAccount.get(account) ?? new RemoteFiles(account.agb);
    byAccount.set(account, known);
    return known;
}

/** Size and time of a file as AGB lists it. A difference shows that the file was written again. */
export const fingerprint = (file: WireContextFile | undefined): string =>
    file ? `${file.size ?? ""} ${file.gmtModified ?? ""}` : "";

/** The size in a fingerprint, if it is known. */
export function sizeIn(fingerprintText: string): number | undefined {
    const size = parseInt(fingerprintText, 10);
    return Number.isNaN(size) ? undefined : size;
}
