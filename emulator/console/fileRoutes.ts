/** The console's routes for the files of contexts: lists, shows, downloads and deletes them. */
import type { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { fileNotFound } from "../apiError";
import { fileKey, folderKey } from "../fileKey";
import { ok, parseParams, text } from "../http/envelope";
import type { Service } from "../service";
import { ContextSizes } from "./contextSizes";

/** How many entries of a folder are listed. The others are only counted. */
const MAX_LISTED_ENTRIES = 500;
/** How much of a file is shown. */
const MAX_SHOWN_BYTES = 256 * 1024;

const folderParameters = z.object({ contextId: text, folder: text });
const fileParameters = z.object({ contextId: text, path: text });

export function fileRoutes(app: FastifyInstance, base: string, { contexts, files }: Service): void {
    const sizes = new ContextSizes(files);

    /** Opens the file that a request names. */
    const open = async (query: unknown) => {
        const { contextId, path } = parseParams(fileParameters, query);
        contexts.get(contextId);
        const file = await files.get(contextId, fileKey(path));
        if (file === undefined) throw fileNotFound(path);
        return { ...file, name: path.slice(path.lastIndexOf("/") + 1) };
    };

    app.get(`${base}sizes`, async () => ok(await sizes.of(contexts.list())));

    app.get(`${base}files`, async (request) => {
        const { contextId, folder } = parseParams(folderParameters, request.query);
        contexts.get(contextId);
        const { page, total } = await files.children(contextId, folderKey(folder), 0, MAX_LISTED_ENTRIES);
        return ok(
            page.map((entry) => ({ ...entry, path: `/${entry.path}` })),
            { count: total },
        );
    });

    app.get(`${base}file`, async (request) => {
        const { size, modifiedMs, content } = await open(request.query);
        return ok({ size, modifiedMs, ...toText(await firstBytes(content), size) });
    });

    app.get(`${base}download`, async (request, reply) => {
        const { size, name, content } = await open(request.query);
        return reply
            .type("application/octet-stream")
            .headers({
                "content-length": size,
                "content-disposition": `attachment; filename*=UTF-8''${encodeExtended(name)}`,
            })
            .send(content);
    });

    app.delete(`${base}file`, async (request) => {
        const { contextId, path } = parseParams(fileParameters, request.query);
        contexts.get(contextId);
        if (!(await files.removeFile(contextId, fileKey(path)))) throw fileNotFound(path);
        return ok();
    });
}

async function firstBytes(content: Readable): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    // Leaving the loop closes the file.
    for await (const chunk of content as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= MAX_SHOWN_BYTES) break;
    }
    return Buffer.concat(chunks).subarray(0, MAX_SHOWN_BYTES);
}

/** The text of a file, or `undefined` if it has other bytes. */
function toText(bytes: Buffer, size: number): { text?: string; omitted: number } {
    const omitted = Math.max(0, size - bytes.length);
    if (bytes.includes(0)) return { omitted };
    try {
        // The last character may be cut off.
        return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: omitted > 0 }), omitted };
    } catch {
        return { omitted };
    }
}

/** A value of a header parameter as defined by RFC 8187. */
const encodeExtended = (value: string): string =>
    encodeURIComponent(value).replace(
        /['()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
