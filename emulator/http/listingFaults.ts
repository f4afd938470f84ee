/** Injected faults of listings: they never end, contain themselves or change while they are read. */
import { randomBytes } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { ActiveFault } from "./faultKinds";

interface Listing {
    data: Record<string, unknown>[];
    nextToken?: string;
    count?: number;
}

type Query = Record<string, string | undefined>;

const SAME_TOKEN = "c2FtZQ";
const DEFAULT_PAGE_SIZE = 50;

/** Makes the call return its first page, whichever it asks for. */
export function askForFirstPage(request: FastifyRequest): void {
    const query = request.query as Query;
    delete query.nextToken;
    delete query.pageNumber;
}

/** Applies a fault of listings to an envelope. Other envelopes stay as they are. */
export function alterListing({ name, value }: ActiveFault, request: FastifyRequest, envelope: object): object {
    if (!("data" in envelope) || !Array.isArray(envelope.data)) return envelope;
    const listing = envelope as Listing;
    const query = request.query as Query;
    switch (name) {
        case "endless":
            return listing.nextToken === undefined
                ? { ...listing, data: filled(listing.data, query) }
                : { ...listing, nextToken: value === "token" ? SAME_TOKEN : randomBytes(6).toString("base64url") };
        case "loop":
            return { ...listing, data: [folderItself(query), ...listing.data] };
        case "shift":
            return shifted(listing, query);
        default:
            return envelope;
    }
}

/** Repeats files until the page is full: a page that is not full is the last one. */
function filled(files: Listing["data"], { pageSize }: Query): Listing["data"] {
    if (files.length === 0) return files;
    const size = Number(pageSize ?? DEFAULT_PAGE_SIZE);
    return Array.from({ length: size }, (_, index) => files[index % files.length] ?? {});
}

function folderItself({ parentFolderPath }: Query): Record<string, unknown> {
    const filePath = parentFolderPath || "/";
    return { fileId: "loop", fileName: filePath.split("/").at(-1), filePath, fileType: "FOLDER", size: 0 };
}

/**
 * The first page as it was while one more entry came first. That entry no longer exists when the second page is read, so
 * the last entry that it displaced from the first page is on neither.
 */
function shifted(listing: Listing, { nextToken, pageNumber, pageSize, maxResults }: Query): Listing {
    const [first] = listing.data;
    if (first === undefined || nextToken || Number(pageNumber || 1) > 1) return listing;
    const size = Number(maxResults ?? pageSize ?? DEFAULT_PAGE_SIZE);
    return {
        ...listing,
        data: [shortLivedEntry(first), ...listing.data].slice(0, Math.max(size, 1)),
        ...(listing.count !== undefined && { count: listing.count + 1 }),
    };
}

/** An entry that sorts next to a given one and does not exist. */
function shortLivedEntry(entry: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries(
        Object.entries(entry).map(([key, value]) => [
            key,
            /^(id|name|sessionId|fileId|fileName|filePath)$/.test(key) ? `${String(value)}.short-lived` : value,
        ]),
    );
}
